import LibCrypto
import OKMS

/// One page of any list, between two markers.
extension AccountService {
    /// `fetch` gives up to so many elements after a position, each with its own position.
    func page<Element: Hashable & Sendable>(
        of list: ListMarkers.List, limit: Int, marker: String?,
        fetch: (_ position: [UInt8]?, _ count: Int) throws -> [(position: [UInt8], Element)]
    ) throws -> Page<Element> {
        var start: [UInt8]?
        if let marker {
            start = try engine.markers.position(of: marker, in: list)
            guard start != nil else {
                throw KeyServiceError(
                    .invalidMarker, "the marker was not made by an earlier page of this list")
            }
        }
        // One more than is shown tells whether there is another page.
        let found = try fetch(start, limit + 1)
        let shown = found.prefix(limit)
        let last = found.count > shown.count ? shown.last : nil
        return Page(
            shown.map(\.1),
            nextMarker: try last.map { try engine.markers.text(for: $0.position, in: list) })
    }
}
