@main struct X { static func main() { ProcessSetup.apply() } }
