import Dispatch

/// One piece of the work, done again and again.
struct Piece {
    let name: String
    /// What one call handles, and in what.
    let amount: Double
    let unit: String
    let body: () throws -> Void
}

/// Rounds of a piece, each long enough to be measured.
struct Measurement {
    let piece: Piece
    /// Units a second, one a round, from the slowest to the fastest.
    let rates: [Double]

    private static let roundSeconds = 0.1

    init(_ piece: Piece, rounds: Int) throws {
        // Before the first round, so that caches and branch predictors know it.
        let once = max(try Self.seconds { try piece.body() }, 1e-9)
        let calls = max(1, Int(Self.roundSeconds / once))
        var rates: [Double] = []
        for _ in 0..<rounds {
            let seconds = try Self.seconds { for _ in 0..<calls { try piece.body() } }
            rates.append(piece.amount * Double(calls) / seconds)
        }
        self.piece = piece
        self.rates = rates.sorted()
    }

    var median: Double { rates[rates.count / 2] }
    /// From the slowest to the fastest round, as a share of the median.
    var spread: Double { (rates[rates.count - 1] - rates[0]) / median }

    private static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let start = DispatchTime.now().uptimeNanoseconds
        try body()
        return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
    }
}
