/// Holds a secret where a value that cannot be copied cannot go: in a closure, or for several holders.
package final class SecretHolder: Sendable {
    package let secret: SecretBytes

    package init(_ secret: consuming SecretBytes) { self.secret = secret }
}
