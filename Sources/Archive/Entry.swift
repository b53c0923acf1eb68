private import CLinux

/// One thing in an archive: a file, a directory, a link, a FIFO or a device, with its metadata.
package struct Entry: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case file
        case directory
        /// The target is kept byte for byte and never followed.
        case symbolicLink(target: [UInt8])
        /// Another name of the file whose path, inside the archive, is the target.
        case hardLink(target: [UInt8])
        case fifo
        case characterDevice(Device)
        case blockDevice(Device)
    }

    package struct Device: Sendable, Equatable {
        package let major: UInt32
        package let minor: UInt32

        var number: UInt { UInt(linux_makedev(major, minor)) }

        package init(major: UInt32, minor: UInt32) {
            self.major = major
            self.minor = minor
        }
    }

    /// Sizes in an archive, and their sums, are below: 1 EiB. Sparse files may claim to be larger.
    package static let sizeLimit = 1 << 60

    /// Seconds since 1970 (negative before) and the nanoseconds to add.
    package struct Time: Sendable, Equatable {
        package let seconds: Int
        package let nanoseconds: Int

        package init(seconds: Int, nanoseconds: Int) {
            self.seconds = seconds
            self.nanoseconds = nanoseconds
        }
    }

    /// An extended attribute. ACLs are the attributes `system.posix_acl_access` and `…_default`.
    package struct Attribute: Sendable, Equatable {
        /// Any bytes but NUL, at least one.
        package let name: [UInt8]
        package let value: [UInt8]

        package init(name: [UInt8], value: [UInt8]) {
            self.name = name
            self.value = value
        }

        /// Whether the system takes it for a name, all of it.
        static func isName(_ name: [UInt8]) -> Bool { !name.isEmpty && !name.contains(0) }
    }

    /// Any bytes but NUL, components separated by `/`, neither first nor last a `/`.
    package var path: [UInt8]
    package var kind: Kind
    /// Permissions, set-id and sticky bits: 0 … 0o7777.
    package var mode: UInt32
    package var userID: UInt32
    package var groupID: UInt32
    package var userName: [UInt8]
    package var groupName: [UInt8]
    package var modified: Time
    /// Bytes of a file as its readers see it, holes included; 0 for everything else.
    package var size: Int
    /// Where a sparse file holds data, in ascending order; nil for a file without holes.
    package var extents: [Range<Int>]?
    package var attributes: [Attribute]

    package init(
        path: [UInt8], kind: Kind, mode: UInt32, userID: UInt32 = 0, groupID: UInt32 = 0,
        userName: [UInt8] = [], groupName: [UInt8] = [], modified: Time, size: Int = 0,
        extents: [Range<Int>]? = nil, attributes: [Attribute] = []
    ) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.userID = userID
        self.groupID = groupID
        self.userName = userName
        self.groupName = groupName
        self.modified = modified
        self.size = size
        self.extents = extents
        self.attributes = attributes
    }

    /// Bytes of data behind the header: the size less the holes.
    package var storedByteCount: Int {
        guard kind == .file else { return 0 }
        return extents?.reduce(0) { $0 + $1.count } ?? size
    }

    /// The parts of the file that are stored, in the order in which they are.
    package var storedExtents: [Range<Int>] {
        guard kind == .file else { return [] }
        return extents ?? (size > 0 ? [0..<size] : [])
    }

    /// The path for people: not valid UTF-8 becomes U+FFFD, control characters become `\u{…}`.
    package var displayPath: String { display(path: path) }
}

/// A path as a line of text may show it: nothing in it can move a terminal's cursor, end the line or
/// reverse what follows.
package func display(path: [UInt8]) -> String {
    var text = ""
    for scalar in String(decoding: path, as: UTF8.self).unicodeScalars {
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0, 0x2028...0x202e, 0x2066...0x2069:
            text += "\\u{\(String(scalar.value, radix: 16))}"
        default:
            text.unicodeScalars.append(scalar)
        }
    }
    return text
}
