/// A number whose every bit depends on every bit of another: chance that is the same each time.
/// Source: splitmix64, S. Vigna, the last three lines of next().
func mixed(_ number: UInt64) -> UInt64 {
    var mixed = number
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
}

/// What splitmix64 adds for each number it makes.
let mixingIncrement: UInt64 = 0x9e37_79b9_7f4a_7c15
