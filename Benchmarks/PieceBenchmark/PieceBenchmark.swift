import Foundation

/// How fast each piece of a run is by itself, on one core, so that a regression is found where it is.
///
///     swift run -c release PieceBenchmark [ROUNDS [NAME…]]
///
/// One line a piece: name, median of the rounds, unit, spread in percent.
@main
enum PieceBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let rounds = arguments.first.map({ Int($0) }) ?? 15, 1...1000 ~= rounds else {
            print("usage: PieceBenchmark [ROUNDS [NAME…]]")
            exit(2)
        }
        let wanted = arguments.dropFirst()
        let pieces = try Pieces().all
        let unknown = wanted.filter { name in !pieces.contains { $0.name == name } }
        guard unknown.isEmpty else {
            print("there is no piece \(unknown.joined(separator: ", "))")
            exit(2)
        }
        for piece in pieces where wanted.isEmpty || wanted.contains(piece.name) {
            let measured = try Measurement(piece, rounds: rounds)
            let figure = String(format: "%.1f", measured.median)
            print("\(piece.name)\t\(figure)\t\(piece.unit)/s\t\(Int(measured.spread * 100)) %")
        }
    }
}
