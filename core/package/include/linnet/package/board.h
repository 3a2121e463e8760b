// The boards that packages are made for, and the UUIDs that name them in a manifest.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace linnet::package {

// RFC 9562, bytes in network order.
using Uuid = std::array<uint8_t, 16>;

// RFC 9562 5.5: version 5, SHA-1 of namespace and name. A name, not a safeguard: SHA-1 protects nothing here.
constexpr Uuid UuidV5(const Uuid& name_space, std::string_view name);

// draft-ietf-suit-manifest-34 8.4.8.2: vendor id = UUIDv5(DNS, domain), class id = UUIDv5(vendor id, board name).
inline constexpr std::string_view kVendorDomain = "linnet.example";

struct Board {
  std::string_view name;
  uint32_t slot_bytes;          // a firmware slot: envelope head, image, words list
  uint32_t image_offset_bytes;  // of the image in its slot; the envelope's head has to fit before it
};

// Never change: devices in the field compare the class id made of the name.
inline constexpr Board kBoards[] = {
    {"mps2-an386", 0x60000, 0x1000},
    {"disco-f413zh", 0x60000, 0x1000},  // the same flash map; packages can be made for it, firmware not yet
};
// Null: no board of that name.
constexpr const Board* FindBoard(std::string_view name) {
  for (const Board& board : kBoards) {
    if (board.name == name) return &board;
  }
  return nullptr;
}

namespace uuid_internal {

constexpr uint32_t Rotate(uint32_t value, int bits) { return value << bits | value >> (32 - bits); }

// SHA-1 (FIPS 180-4 6.1) of at most 119 bytes: two blocks. Compile-time on boards, so it costs them nothing.
constexpr std::array<uint8_t, 20> Sha1(const uint8_t* data, size_t size) {
  std::array<uint8_t, 128> message{};
  for (size_t i = 0; i < size; ++i) message[i] = data[i];
  message[size] = 0x80;
  const size_t total = size + 9 <= 64 ? 64 : 128;
  for (size_t i = 0; i < 8; ++i) message[total - 1 - i] = static_cast<uint8_t>(uint64_t{size} * 8 >> (8 * i));

  uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  for (size_t block = 0; block < total; block += 64) {
    uint32_t w[80] = {};
    for (size_t t = 0; t < 80; ++t) {
      if (t < 16) {
        for (size_t i = 0; i < 4; ++i) w[t] = w[t] << 8 | message[block + 4 * t + i];
      } else {
        w[t] = Rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
      }
    }
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (size_t t = 0; t < 80; ++t) {
      const uint32_t f = t < 20 ? (b & c) | (~b & d) : t < 40 || t >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
      const uint32_t k = t < 20 ? 0x5A827999 : t < 40 ? 0x6ED9EBA1 : t < 60 ? 0x8F1BBCDC : 0xCA62C1D6;
      const uint32_t next = Rotate(a, 5) + f + e + k + w[t];
      e = d, d = c, c = Rotate(b, 30), b = a, a = next;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
  }
  std::array<uint8_t, 20> digest{};
  for (size_t i = 0; i < 20; ++i) digest[i] = static_cast<uint8_t>(h[i / 4] >> (24 - 8 * (i % 4)));
  return digest;
}

}  // namespace uuid_internal

// REQUIRES: name has at most 100 bytes.
constexpr Uuid UuidV5(const Uuid& name_space, std::string_view name) {
  std::array<uint8_t, 116> input{};
  for (size_t i = 0; i < 16; ++i) input[i] = name_space[i];
  for (size_t i = 0; i < name.size(); ++i) input[16 + i] = static_cast<uint8_t>(name[i]);
  const auto digest = uuid_internal::Sha1(input.data(), 16 + name.size());
  Uuid uuid{};
  for (size_t i = 0; i < 16; ++i) uuid[i] = digest[i];
  uuid[6] = static_cast<uint8_t>((uuid[6] & 0x0F) | 0x50);
  uuid[8] = static_cast<uint8_t>((uuid[8] & 0x3F) | 0x80);
  return uuid;
}

// RFC 9562 6.6.
inline constexpr Uuid kDnsNamespace = {0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
                                       0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};
inline constexpr Uuid kVendorId = UuidV5(kDnsNamespace, kVendorDomain);
constexpr Uuid ClassIdOf(std::string_view board_name) { return UuidV5(kVendorId, board_name); }

}  // namespace linnet::package
