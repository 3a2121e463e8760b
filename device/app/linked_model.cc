#include "linnet/app/classifier.h"

namespace linnet::app {

// In a file of its own: only a program that is linked with a compiled network takes it from the library.
Model Model::Linked() {
  return {.description = &model_description,
          .vector_inputs = model_vector_inputs,
          .vector_outputs = model_vector_outputs,
          .reset = model_reset,
          .run = model_run};
}

}  // namespace linnet::app
