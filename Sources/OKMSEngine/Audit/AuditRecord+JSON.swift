private import FoundationEssentials
import OKMS

extension AuditRecord {
    /// What callers may put into a line at will ends here.
    private static let maximumTextByteCount = 512
    private static let maximumUnknownCount = 8

    /// The line's members between `previous` and `hash`, from the quote that ends the former.
    func lineBody(at time: Double) -> [UInt8] {
        var line = AuditLine.timeMember
        line.reserveCapacity(512)
        line += AuditTime.text(time)
        line += Array(#"","request":"#.utf8)
        Self.append(requestID, to: &line)
        line += Array(#","account":"#.utf8)
        Self.append(account?.description, to: &line)
        line += Array(#","access_key":"#.utf8)
        Self.append(accessKeyID, to: &line)
        line += Array(#","action":"#.utf8)
        Self.append(action, to: &line)
        line += Array(#","key":"#.utf8)
        Self.append(key?.description, to: &line)
        Self.append(context, as: "context", to: &line)
        if let sourceKey {
            line += Array(#","source_key":"#.utf8)
            Self.append(sourceKey.description, to: &line)
        }
        if sourceKey != nil || !sourceContext.isEmpty {
            Self.append(sourceContext, as: "source_context", to: &line)
        }
        line += Array(#","outcome":"#.utf8)
        Self.append(outcome, to: &line)
        line += Array(#","source":"#.utf8)
        Self.append(source, to: &line)
        if !unknownMembers.isEmpty {
            line += Array(#","unknown_members":["#.utf8)
            for (index, name) in unknownMembers.prefix(Self.maximumUnknownCount).enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                Self.append(name, to: &line)
            }
            line.append(UInt8(ascii: "]"))
        }
        if let requestCount { line += Array(",\"requests\":\(requestCount)".utf8) }
        return line
    }

    /// An object; where it holds what is no UTF-8, its canonical bytes in base64.
    private static func append(
        _ context: EncryptionContext, as member: String, to line: inout [UInt8]
    ) {
        line += Array(",\"\(member)".utf8)
        guard
            context.pairs.allSatisfy({
                String(validating: $0.key, as: UTF8.self) != nil
                    && String(validating: $0.value, as: UTF8.self) != nil
            })
        else {
            line += Array("_base64\":\"".utf8)
            line += Array(Data(context.canonicalBytes).base64EncodedString().utf8)
            line.append(UInt8(ascii: "\""))
            return
        }
        line += Array("\":{".utf8)
        for (index, pair) in context.pairs.enumerated() {
            if index > 0 { line.append(UInt8(ascii: ",")) }
            append(bytes: pair.key[...], to: &line)
            line.append(UInt8(ascii: ":"))
            append(bytes: pair.value[...], to: &line)
        }
        line.append(UInt8(ascii: "}"))
    }

    private static func append(_ text: String?, to line: inout [UInt8]) {
        guard let text else {
            line += Array("null".utf8)
            return
        }
        guard text.utf8.count > maximumTextByteCount else {
            append(bytes: Array(text.utf8)[...], to: &line)
            return
        }
        // Cutting may split a character, which then reads as U+FFFD.
        let cut = String(decoding: text.utf8.prefix(maximumTextByteCount), as: UTF8.self) + "…"
        append(bytes: Array(cut.utf8)[...], to: &line)
    }

    /// Source: RFC 8259 §7.
    private static func append(bytes: ArraySlice<UInt8>, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                line.append(UInt8(ascii: "\\"))
                line.append(byte)
            case 0..<0x20, 0x7f:
                line += Array("\\u00".utf8)
                line += hexadecimalDigits([byte])
            default: line.append(byte)
            }
        }
        line.append(UInt8(ascii: "\""))
    }
}
