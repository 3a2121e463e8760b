// Two golden vectors: a black image, and one that is white in rows 4 and 5 (digit 0) and half so in row 8 (digit 2).
#include "linnet/model/model.h"

#define REP4(x) x, x, x, x
#define ROW(x) REP4(x), REP4(x), REP4(x), REP4(x), REP4(x), REP4(x), REP4(x)
#define ROWS4(x) ROW(x), ROW(x), ROW(x), ROW(x)

extern "C" {

const uint8_t model_vector_inputs[] = {
    // black is -128
    ROWS4(0x80), ROWS4(0x80), ROWS4(0x80), ROWS4(0x80), ROWS4(0x80), ROWS4(0x80), ROWS4(0x80),
    // rows 0-3, 4-5, 6-7, 8, 9-11, 12-27
    ROWS4(0x80), ROW(0x7F), ROW(0x7F), ROW(0x80), ROW(0x80), ROW(0x00), ROW(0x80), ROW(0x80), ROW(0x80), ROWS4(0x80),
    ROWS4(0x80), ROWS4(0x80), ROWS4(0x80)};

const uint8_t model_vector_outputs[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,  //
                                        0x7F, 0x80, 0xC0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80};

}  // extern "C"
