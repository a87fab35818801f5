package metric

// A Unit is what a figure is measured in; values are in its base unit.
type Unit string

const (
	Count     Unit = "a plain number"
	Seconds   Unit = "a duration"
	Fraction  Unit = "a ratio"
	PerSecond Unit = "a rate"
	Truth     Unit = "true or false" // 1 or 0
)

// A Better says which change of a figure is for the better.
type Better string

const (
	Less   Better = "less"
	More   Better = "more"
	Steady Better = "steady" // any change is for the worse
)

// A Role is what a figure does in a comparison of runs.
type Role string

const (
	Decides           Role = "decides"                  // its change decides the verdict
	DecidesClosedLoop Role = "decides in a closed loop" // where no rate was asked for it is what the service can do
	Shown             Role = "shown"                    // and not judged: tails move by a quarter between equal runs
	NotCompared       Role = ""
)
