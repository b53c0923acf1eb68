import Archive
import LibCrypto

extension FuzzTarget {
    /// The manifest of an archive, before and after it is believed.
    static let manifest = FuzzTarget(name: "manifest", check: checkManifest, seeds: manifestSeeds)
}

@Sendable private func checkManifest(_ input: [UInt8]) throws {
    let manifest: Manifest
    do {
        manifest = try Manifest(parsing: input)
    } catch {
        return
    }
    let signed = try manifest.serialized(authenticatedBy: dataKey())
    let again = try Manifest(parsing: signed)
    try again.verify(with: dataKey())
    try promise(
        try again.serialized(authenticatedBy: dataKey()) == signed,
        "a manifest that is read is the one that was written")
    let isAuthentic = (try? manifest.verify(with: dataKey())) != nil
    try promise(
        isAuthentic == (manifest == again), "only what was signed is authentic")
    for key in manifest.keys { _ = key.wrappedBytes }
    if let codec = Manifest.Codec(rawValue: manifest.codec) {
        _ = codec.partName(manifest.parts.count)
    }
}

private func dataKey() -> SecretBytes {
    SecretBytes(count: 32) { bytes in
        for index in bytes.indices { bytes[index] = UInt8(index) }
    }
}

@Sendable private func manifestSeeds() throws -> [[UInt8]] {
    func file(_ name: String) -> Manifest.File {
        Manifest.File(name: name, message: [0xab], length: 1024, sha256: [1])
    }
    let problems = [ReadProblem(path: Array("ü".utf8), kind: .grew, detail: "\u{1}\"")]
    return try [(0, []), (2, [["dataset", "orders"]])].map { count, context in
        try Manifest(
            archive: "6e1b2c4d", job: "nightly", created: "2026-01-02T03:04:05.678Z",
            finished: "2026-01-02T03:05:00.000Z", tool: "sealpipe",
            codec: count == 0 ? .none : .zstd,
            keys: [.init(arn: "arn:aws:kms:eu-west-2:1:key/0", wrapped: [0xfb, 0xff])],
            context: context, sizes: .init(chunk: 4 << 20, frame: 1 << 20, part: 64 << 20),
            totals: .init(entries: 3, content: 100, tar: 4096, stored: 2048),
            problems: count == 0 ? [] : problems.map(Manifest.Problem.init), problemCount: count,
            parts: (0..<count).map { file(Manifest.Codec.zstd.partName($0)) },
            catalog: file("catalog.esdk")
        ).serialized(authenticatedBy: dataKey())
    }
}
