package worker

import (
	"fmt"
	"unsafe"

	"netlab/loadgen"
)

const sampleSize = int(unsafe.Sizeof(loadgen.Sample{}))

// pack is the samples as they lie in memory: both ends of the pipe are the same program, and a sample
// holds no pointer.
func pack(samples []loadgen.Sample) []byte {
	if len(samples) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&samples[0])), len(samples)*sampleSize)
}

func unpack(packed []byte) ([]loadgen.Sample, error) {
	if len(packed)%sampleSize != 0 {
		return nil, fmt.Errorf("%d bytes are no whole number of samples", len(packed))
	}
	samples := make([]loadgen.Sample, len(packed)/sampleSize)
	copy(pack(samples), packed)
	return samples, nil
}
