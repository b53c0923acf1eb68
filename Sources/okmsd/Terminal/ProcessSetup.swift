import Glibc

/// What the process needs before anything else.
enum ProcessSetup {
    static func apply() {
        // A core would hold what was never to be written.
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        // A connection is an open file.
        var files = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        if unsafe getrlimit(resource, &files) == 0 {
            files.rlim_cur = files.rlim_max
            unsafe setrlimit(resource, &files)
        }
        umask(0o077)
        // A reader that goes away is an error of writing, not a death.
        signal(SIGPIPE, SIG_IGN)
    }
}
