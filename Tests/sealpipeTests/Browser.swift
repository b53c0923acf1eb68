import Foundation

/// Chromium without a window, which shows a page as a reader's browser would.
struct Browser {
    static let program = "/usr/bin/chromium"
    static let isThere =
        FileManager.default.isExecutableFile(atPath: program)
        || ProcessInfo.processInfo.environment["CI"] == "true"

    let place: Workplace
    let width: Int
    var isDark = false

    /// Shows a page of the place; returns its document as it is then, and what the console said.
    func open(_ page: String) throws -> (document: String, console: [String]) {
        let ending = try run("--dump-dom", page)
        return (ending.out, Self.console(ending))
    }

    /// Leaves a picture of all of the page.
    func picture(_ page: String, as path: String) throws -> (ending: Ending, console: [String]) {
        let ending = try run("--screenshot='\(path)'", page)
        return (ending, Self.console(ending))
    }

    private func run(_ action: String, _ page: String) throws -> Ending {
        let scheme = isDark ? 0 : 1
        return try place.shell(
            """
            timeout 90 \(Self.program) --headless=new --no-sandbox --disable-gpu --hide-scrollbars \
            --disable-dev-shm-usage --user-data-dir='\(place("chromium"))' --window-size=\(width),5600 \
            --blink-settings=preferredColorScheme=\(scheme) --enable-logging=stderr \(action) \
            'file://\(place(page))'
            """)
    }

    private static func console(_ ending: Ending) -> [String] {
        ending.err.split(separator: "\n").map(String.init).filter { $0.contains("CONSOLE") }
    }
}
