/// One page of a listing.
package struct Page<Element: Hashable & Sendable>: Hashable, Sendable {
    package let elements: [Element]
    /// What to pass to get the next page; nil on the last one.
    package let nextMarker: String?

    package init(_ elements: [Element], nextMarker: String?) {
        self.elements = elements
        self.nextMarker = nextMarker
    }
}
