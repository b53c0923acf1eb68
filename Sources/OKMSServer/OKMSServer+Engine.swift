import OKMSEngine
extension OKMSServer {
    func checkHealth() throws {}
    func engineMetrics() -> [MetricLine] { [] }
}
extension OKMSEngine { func doWhatIsDue() throws {} }
