/// DEFLATE, read by the bit: slow, small, and needing nothing of the machine the tests run on.
/// Source: RFC 1951.
struct Inflate {
    struct Damaged: Error {}

    private let input: [UInt8]
    private var bitOffset = 0
    private var output: [UInt8] = []

    static func inflate(_ input: [UInt8]) throws -> [UInt8] {
        var inflate = Inflate(input: input)
        while try !inflate.block() {}
        return inflate.output
    }

    private init(input: [UInt8]) { self.input = input }

    /// Returns whether that was the last block.
    private mutating func block() throws -> Bool {
        let isLast = try bits(1) == 1
        switch try bits(2) {
        case 0: try stored()
        case 1:
            let lengths = (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 }
            try compressed(Code(lengths), Code(Array(repeating: 5, count: 30)))
        case 2:
            let (literals, distances) = try dynamicCodes()
            try compressed(literals, distances)
        default: throw Damaged()
        }
        return isLast
    }

    private mutating func bits(_ count: Int) throws -> Int {
        var value = 0
        for place in 0..<count {
            guard bitOffset / 8 < input.count else { throw Damaged() }
            value |= Int(input[bitOffset / 8] >> (bitOffset % 8) & 1) << place
            bitOffset += 1
        }
        return value
    }

    private mutating func stored() throws {
        bitOffset = (bitOffset + 7) / 8 * 8
        let count = try bits(16)
        guard try bits(16) == count ^ 0xffff else { throw Damaged() }
        for _ in 0..<count { output.append(UInt8(try bits(8))) }
    }

    private mutating func compressed(_ literals: Code, _ distances: Code) throws {
        while true {
            let symbol = try literals.symbol { try bits(1) }
            switch symbol {
            case ..<256: output.append(UInt8(symbol))
            case 256: return
            default:
                let (lengthBase, lengthBits) = try Self.extra(symbol - 257, Self.lengths)
                let length = try lengthBase + bits(lengthBits)
                let code = try distances.symbol { try bits(1) }
                let (distanceBase, distanceBits) = try Self.extra(code, Self.distances)
                let distance = try distanceBase + bits(distanceBits)
                guard distance <= output.count else { throw Damaged() }
                for _ in 0..<length { output.append(output[output.count - distance]) }
            }
        }
    }

    private mutating func dynamicCodes() throws -> (Code, Code) {
        let literalCount = try bits(5) + 257
        let distanceCount = try bits(5) + 1
        let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
        var lengthLengths = [Int](repeating: 0, count: 19)
        for place in order.prefix(try bits(4) + 4) { lengthLengths[place] = try bits(3) }
        let code = Code(lengthLengths)
        var lengths: [Int] = []
        while lengths.count < literalCount + distanceCount {
            switch try code.symbol({ try bits(1) }) {
            case 16:
                guard let last = lengths.last else { throw Damaged() }
                lengths += Array(repeating: last, count: try bits(2) + 3)
            case 17: lengths += Array(repeating: 0, count: try bits(3) + 3)
            case 18: lengths += Array(repeating: 0, count: try bits(7) + 11)
            case let length: lengths.append(length)
            }
        }
        return (
            Code(Array(lengths.prefix(literalCount))),
            Code(Array(lengths.dropFirst(literalCount).prefix(distanceCount)))
        )
    }

    private static let lengths: [(Int, Int)] = table(from: 3, codes: 28, perStep: 4) + [(258, 0)]
    private static let distances: [(Int, Int)] = table(from: 1, codes: 30, perStep: 2)

    /// Base values and extra bits: the bits grow by one every `perStep` codes, after two such
    /// steps.
    private static func table(from base: Int, codes: Int, perStep: Int) -> [(Int, Int)] {
        var base = base
        return (0..<codes).map { code in
            let extraBits = max(0, code / perStep - 1)
            defer { base += 1 << extraBits }
            return (base, extraBits)
        }
    }

    private static func extra(_ code: Int, _ table: [(Int, Int)]) throws -> (Int, Int) {
        guard table.indices ~= code else { throw Damaged() }
        return table[code]
    }

    /// A canonical Huffman code.
    private struct Code {
        private var counts = [Int](repeating: 0, count: 16)
        private var symbols: [Int] = []

        init(_ lengths: [Int]) {
            for length in 1...15 {
                let ofLength = lengths.indices.filter { lengths[$0] == length }
                counts[length] = ofLength.count
                symbols += ofLength
            }
        }

        func symbol(_ nextBit: () throws -> Int) throws -> Int {
            var code = 0
            var first = 0
            var index = 0
            for length in 1...15 {
                code |= try nextBit()
                if code - first < counts[length] { return symbols[index + code - first] }
                index += counts[length]
                first = (first + counts[length]) << 1
                code <<= 1
            }
            throw Damaged()
        }
    }
}
