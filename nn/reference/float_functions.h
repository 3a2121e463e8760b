// e^x, ln x, the logistic function and tanh of a float with the same bits everywhere: IEEE additions, multiplications and
// divisions in a fixed order, never libm. The definition is the head of linnet/kernels/float_math.h, written here a second time so that
// neither can hide a mistake of the other; float_functions_test.cc compares their bits.
#pragma once

namespace linnet::reference {

float Exp(float x);
float Log(float x);  // REQUIRES: positive, normal, finite
float Logistic(float x);
float Tanh(float x);

}  // namespace linnet::reference
