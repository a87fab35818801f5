package results

import (
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// A Parquet file that is packed with Brotli can't be read, and that is said; zstd, which netlab writes,
// and the other codecs are linked in.
func TestBrotliIsLeftOut(t *testing.T) {
	if _, err := parquet.Brotli.Decode(nil, []byte("packed")); err == nil || !strings.Contains(err.Error(), "left out") {
		t.Errorf("Brotli: %v", err)
	}
	packed, err := parquet.Zstd.Encode(nil, []byte("a sample"))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := parquet.Zstd.Decode(nil, packed); err != nil || string(text) != "a sample" {
		t.Errorf("zstd gives %q, %v", text, err)
	}
}
