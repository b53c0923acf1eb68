private import CLinux
private import Glibc

/// What every program of ours needs of its process before anything else.
package enum ProcessSetup {
    package static func apply() {
        // Descriptors that were closed would be given to files, and what is said would go into them.
        // Opened the wrong way round, so that using them fails as if they were closed.
        for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) < 0 {
            _ = unsafe open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
        }
        // A core would hold what was never to be written.
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        // A program that collects cores is given one whatever the limit, unless there is none to give.
        // It also keeps other processes of this user from reading our memory.
        _ = linux_forbid_dumps()
        // As many open files as the system lets us have: a chunk can hold pieces of many, and a
        // connection is one.
        var files = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        if unsafe getrlimit(resource, &files) == 0 {
            files.rlim_cur = files.rlim_max
            unsafe setrlimit(resource, &files)
        }
        umask(0o077)
        // A reader that goes away is an error of writing, not a death. A handler, for programs that are
        // started would inherit that it is ignored.
        signal(SIGPIPE) { _ in }
    }
}
