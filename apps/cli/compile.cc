#include "compile.h"

#include <fmt/format.h>

#include "compile_model.h"
#include "compile_result.h"

namespace linnet::cli {

Done Compile(const Console& console, const CompileOptions& options) {
  const auto compiled = CompileModel(console, options);
  if (!compiled) return std::unexpected(compiled.error());
  ShowCompiled(console, options, compiled->network, compiled->report, compiled->cost);
  if (compiled->cost) {
    console.Next(fmt::format("linnet build --model {} --board mps2-an386 --version {} --out DIR", options.out,
                             compiled->report.name));
  } else {
    console.Next("linnet profile " + options.out);
  }
  return {};
}

}  // namespace linnet::cli
