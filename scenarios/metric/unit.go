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
	Decides           Role = "decides"                   // its change decides the verdict
	DecidesWhole      Role = "decides, of the whole run" // also where others are compared before the faults
	DecidesClosedLoop Role = "decides in a closed loop"  // where no rate was asked for it is what the service can do
	Shown             Role = "shown"                     // and not judged: tails move by a quarter between equal runs
	NotCompared       Role = ""
)

// A Change is how a comparison sets two values of a figure against each other.
type Change string

const (
	Ratio      Change = ""           // a part of the value: 5 % slower
	Difference Change = "difference" // in the figure's own unit, for what may be 0 or all: 3 s longer, 10 points less
)
