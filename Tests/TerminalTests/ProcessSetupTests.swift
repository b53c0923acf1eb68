import CLinux
import Foundation
import Glibc
import Terminal
import Testing

@Suite struct ProcessSetupTests {
    @Test func `standard streams that are closed are reserved`() async {
        await #expect(processExitsWith: .success) {
            for descriptor in Int32(0)...2 { close(descriptor) }
            ProcessSetup.apply()
            let file = unsafe open("/dev/null", O_RDWR)
            let refused = [StandardStream.output, .error].map { $0.write([0x21]) }
            exit(file > 2 && refused == [EBADF, EBADF] ? 0 : 1)
        }
    }

    @Test func `no core of the process is given to anyone`() async {
        await #expect(processExitsWith: .success) {
            ProcessSetup.apply()
            var limit = rlimit()
            unsafe getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
            exit(limit.rlim_max == 0 && linux_may_be_dumped() == 0 ? 0 : 1)
        }
    }

    @Test func `a reader that goes away is an error of writing`() async {
        await #expect(processExitsWith: .success) {
            ProcessSetup.apply()
            var ends: [Int32] = [0, 0]
            _ = unsafe pipe(&ends)
            dup2(ends[1], 1)
            close(ends[0])
            exit(StandardStream.output.write([0x21]) == EPIPE ? 0 : 1)
        }
    }
}
