#include "linnet/profile/npy.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <string_view>

#include "linnet/base/check.h"
#include "linnet/graph/fixed_point.h"

namespace linnet::profile {
namespace {

std::unexpected<Error> Malformed(const std::string& what) {
  return Fail(Status::kInvalidArgument, "not an .npy file: " + what);
}

// The header is a Python dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (1, 784), }. The text after "'key':",
// leading blanks removed.
Outcome<std::string_view> ValueOf(std::string_view header, std::string_view key) {
  const std::string quoted = "'" + std::string(key) + "'";
  size_t at = header.find(quoted);
  if (at == std::string_view::npos) return Malformed("the header has no " + quoted);
  at = header.find_first_not_of(' ', at + quoted.size());
  if (at == std::string_view::npos || header[at] != ':') return Malformed("no value follows " + quoted);
  at = header.find_first_not_of(' ', at + 1);
  if (at == std::string_view::npos) return Malformed("no value follows " + quoted);
  return header.substr(at);
}

size_t SizeOf(NpyType type) {
  switch (type) {
    case NpyType::kFloat32: return 4;
    case NpyType::kInt32: return 4;
    case NpyType::kFloat64:
    case NpyType::kInt64: return 8;
    case NpyType::kInt16: return 2;
    default: return 1;
  }
}

Outcome<NpyType> ParseType(std::string_view value) {
  const std::string_view name =
      value.size() >= 5 && value[0] == '\'' && value[4] == '\'' ? value.substr(1, 3) : std::string_view();
  if (name == "<f4") return NpyType::kFloat32;
  if (name == "<f8") return NpyType::kFloat64;
  if (name == "<i2") return NpyType::kInt16;
  if (name == "<i4") return NpyType::kInt32;
  if (name == "<i8") return NpyType::kInt64;
  if (name == "|i1" || name == "<i1") return NpyType::kInt8;
  if (name == "|u1" || name == "<u1") return NpyType::kUint8;
  return Fail(Status::kUnimplemented,
              "the array's type " + std::string(value.substr(0, value.find(','))) +
                  " is not supported; save it as float32, float64, int8, uint8, int16, int32 or int64");
}

// "(1, 28, 28)", "(784,)" or "()".
Outcome<std::vector<int64_t>> ParseShape(std::string_view value) {
  std::vector<int64_t> shape;
  if (value.empty() || value[0] != '(') return Malformed("the shape is no tuple");
  size_t i = 1;
  for (;;) {
    while (i < value.size() && (value[i] == ' ' || value[i] == ',')) ++i;
    if (i >= value.size()) return Malformed("the shape does not end");
    if (value[i] == ')') return shape;
    int64_t number = 0;
    const size_t start = i;
    for (; i < value.size() && value[i] >= '0' && value[i] <= '9'; ++i) {
      number = number * 10 + (value[i] - '0');
      if (number > (int64_t{1} << 40)) return Malformed("a dimension is too large");
    }
    if (i == start || shape.size() == 32) return Malformed("the shape holds something else than numbers");
    shape.push_back(number);
  }
}

template <typename T>
T Element(const NpyArray& array, size_t i) {
  T value;
  std::memcpy(&value, array.data.data() + i * sizeof(T), sizeof(T));
  return value;
}

// The number that an element means.
double Real(const NpyArray& array, size_t i) {
  switch (array.type) {
    case NpyType::kFloat32: return Element<float>(array, i);
    case NpyType::kFloat64: return Element<double>(array, i);
    case NpyType::kInt8: return Element<int8_t>(array, i);
    case NpyType::kInt16: return Element<int16_t>(array, i);
    case NpyType::kInt32: return Element<int32_t>(array, i);
    case NpyType::kInt64: return static_cast<double>(Element<int64_t>(array, i));
    case NpyType::kUint8: break;
  }
  return static_cast<double>(static_cast<float>(array.data[i]) / 255);
}

template <typename T>
void Store(std::vector<uint8_t>& row, size_t i, T value) {
  std::memcpy(row.data() + i * sizeof(T), &value, sizeof(T));
}

Outcome<void> StoreInteger(std::vector<uint8_t>& row, size_t i, double real, graph::DType type) {
  LINNET_CHECK(type == graph::DType::kInt32 || type == graph::DType::kInt64);
  const double limit = type == graph::DType::kInt32 ? 2147483648.0 : 9223372036854775808.0;
  if (real != std::floor(real) || real < -limit || real >= limit) {
    return Fail(Status::kInvalidArgument, "element " + std::to_string(i) + " is no " + std::string(graph::Name(type)) +
                                              ", which the network takes");
  }
  if (type == graph::DType::kInt32) {
    Store(row, i, static_cast<int32_t>(real));
  } else {
    Store(row, i, static_cast<int64_t>(real));
  }
  return {};
}

}  // namespace

Outcome<NpyArray> ParseNpy(ByteSpan file) {
  // "\x93NUMPY", major, minor version, then the header's length: 16 bits in version 1, 32 bits later.
  if (file.size() < 10 || std::memcmp(file.data(), "\x93NUMPY", 6) != 0)
    return Malformed("it does not begin with \\x93NUMPY");
  const uint8_t major = file[6];
  if (major < 1 || major > 3)
    return Fail(Status::kUnimplemented, ".npy version " + std::to_string(major) + " is not supported");
  const size_t prefix = major == 1 ? 10 : 12;
  if (file.size() < prefix) return Malformed("cut short in the header");
  const size_t length = major == 1 ? LoadLe16(&file[8]) : LoadLe32(&file[8]);
  if (length > file.size() - prefix) return Malformed("cut short in the header");
  const std::string_view header = AsText(file.subspan(prefix, length));

  NpyArray array;
  LINNET_ASSIGN(const std::string_view descr, ValueOf(header, "descr"));
  LINNET_ASSIGN(array.type, ParseType(descr));
  LINNET_ASSIGN(const std::string_view order, ValueOf(header, "fortran_order"));
  if (order.starts_with("True"))
    return Fail(Status::kUnimplemented, "the array is in Fortran order; save it with numpy.ascontiguousarray");
  if (!order.starts_with("False")) return Malformed("fortran_order is neither True nor False");
  LINNET_ASSIGN(const std::string_view shape, ValueOf(header, "shape"));
  LINNET_ASSIGN(array.shape, ParseShape(shape));

  const ByteSpan data = file.subspan(prefix + length);
  size_t bytes = SizeOf(array.type);
  for (const int64_t d : array.shape) {
    if (d != 0 && bytes > data.size() / static_cast<size_t>(d)) {
      return Fail(Status::kDataLoss,
                  "the array is cut short: " + std::to_string(data.size()) + " bytes are fewer than its shape needs");
    }
    bytes *= static_cast<size_t>(d);
  }
  if (bytes > data.size()) return Fail(Status::kDataLoss, "the array is cut short");
  array.data.assign(data.begin(), data.begin() + static_cast<ptrdiff_t>(bytes));
  return array;
}

Outcome<std::vector<std::vector<uint8_t>>> ConvertInputs(const NpyArray& array, const InputKind& kind) {
  const size_t count = array.data.size() / SizeOf(array.type);
  if (kind.elements == 0 || count == 0 || count % kind.elements != 0) {
    return Fail(Status::kInvalidArgument, "the array has " + std::to_string(count) + " elements; the network takes " +
                                              std::to_string(kind.elements) + " an input");
  }
  const size_t row_bytes = kind.elements * static_cast<size_t>(graph::SizeBytes(kind.type));
  std::vector<std::vector<uint8_t>> inputs(count / kind.elements, std::vector<uint8_t>(row_bytes));
  for (size_t i = 0; i < count; ++i) {
    std::vector<uint8_t>& row = inputs[i / kind.elements];
    const size_t at = i % kind.elements;
    if (kind.type == graph::DType::kInt8 && array.type == NpyType::kInt8) {
      row[at] = array.data[i];
      continue;
    }
    if (kind.type == graph::DType::kInt16 && array.type == NpyType::kInt16) {
      Store(row, at, Element<int16_t>(array, i));
      continue;
    }
    const double real = Real(array, i);
    if (!std::isfinite(real))
      return Fail(Status::kInvalidArgument, "element " + std::to_string(i) + " is not a finite number");
    if (kind.type == graph::DType::kInt8) {
      row[at] = static_cast<uint8_t>(graph::QuantizeValue(static_cast<float>(real), kind.scale, kind.zero_point));
    } else if (kind.type == graph::DType::kInt16) {
      const double code = std::round(real / static_cast<double>(kind.scale)) + kind.zero_point;
      Store(row, at, static_cast<int16_t>(std::clamp(code, -32768.0, 32767.0)));
    } else if (kind.type == graph::DType::kFloat32) {
      Store(row, at, static_cast<float>(real));
    } else if (auto stored = StoreInteger(row, at, real, kind.type); !stored) {
      return std::unexpected(stored.error());
    }
  }
  return inputs;
}

}  // namespace linnet::profile
