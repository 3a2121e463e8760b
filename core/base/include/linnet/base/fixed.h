// Containers with their storage inside: they never allocate and say no when full.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "linnet/base/bytes.h"
#include "linnet/base/check.h"
#include "linnet/base/status.h"

namespace linnet {

// A vector of at most N trivially destructible elements.
template <typename T, size_t N>
class FixedVector {
 public:
  // kOk | kResourceExhausted: N elements are held already, nothing changed.
  Status Append(const T& value) {
    if (size_ == N) return Status::kResourceExhausted;
    items_[size_++] = value;
    return Status::kOk;
  }
  // Removes element i, keeps the order. REQUIRES: i < size().
  void Erase(size_t i) {
    LINNET_CHECK(i < size_);
    std::move(items_.begin() + i + 1, items_.begin() + size_, items_.begin() + i);
    --size_;
  }
  void clear() { size_ = 0; }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool full() const { return size_ == N; }
  static constexpr size_t capacity() { return N; }
  T* data() { return items_.data(); }
  const T* data() const { return items_.data(); }
  T* begin() { return items_.data(); }
  T* end() { return items_.data() + size_; }
  const T* begin() const { return items_.data(); }
  const T* end() const { return items_.data() + size_; }
  T& operator[](size_t i) {
    LINNET_CHECK(i < size_);
    return items_[i];
  }
  const T& operator[](size_t i) const {
    LINNET_CHECK(i < size_);
    return items_[i];
  }

 private:
  std::array<T, N> items_{};
  size_t size_ = 0;
};

// Up to N bytes: a token, an endpoint name, a digest.
template <size_t N>
class FixedBytes {
 public:
  FixedBytes() = default;
  // kOk | kResourceExhausted: longer than N, nothing changed.
  Status Assign(ByteSpan bytes) {
    if (bytes.size() > N) return Status::kResourceExhausted;
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
    size_ = bytes.size();
    return Status::kOk;
  }
  Status Assign(std::string_view text) { return Assign(AsBytes(text)); }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  ByteSpan span() const { return {bytes_.data(), size_}; }
  std::string_view text() const { return AsText(span()); }
  friend bool operator==(const FixedBytes& a, const FixedBytes& b) { return Equal(a.span(), b.span()); }

 private:
  std::array<uint8_t, N> bytes_{};
  size_t size_ = 0;
};

}  // namespace linnet
