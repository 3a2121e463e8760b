#include "linnet/coap/blockwise.h"

#include <algorithm>

namespace linnet::coap {

uint32_t Block1Sender::size_bytes() const { return std::min<uint32_t>(16u << szx_, body_bytes_ - offset_); }

Block Block1Sender::block() const { return {offset_ >> (4 + szx_), offset_ + size_bytes() < body_bytes_, szx_}; }

void Block1Sender::AddOptions(MessageWriter& writer) const {
  if (body_bytes_ <= (16u << szx_) && offset_ == 0) return;
  writer.AddBlock(option::kBlock1, block());
  if (offset_ == 0) writer.AddUint(option::kSize1, body_bytes_);
}

Status Block1Sender::OnResponse(const Message& response) {
  const auto echoed = response.FindBlock(option::kBlock1);
  if (echoed && !*echoed) return Status::kInvalidArgument;
  final_code_ = response.code;
  if (response.code == Code::kRequestEntityIncomplete) return Status::kDataLoss;
  if (response.code == Code::kRequestEntityTooLarge && echoed && offset_ == 0 && (*echoed)->szx < szx_) {
    szx_ = (*echoed)->szx;  // RFC 7959 2.9.3: the size the receiver would take
    return Status::kOk;
  }
  if (!IsSuccess(response.code)) return Status::kAborted;
  const bool last = !block().more;
  if (last) {
    if (response.code == Code::kContinue) return Status::kInvalidArgument;
    done_ = true;
    return Status::kOk;
  }
  if (response.code != Code::kContinue || !echoed) return Status::kInvalidArgument;
  if ((*echoed)->offset_bytes() != offset_) return Status::kInvalidArgument;
  offset_ += size_bytes();
  // The receiver may ask for smaller blocks in its first answer: what was sent counts, the next ones are smaller.
  szx_ = std::min(szx_, (*echoed)->szx);
  return Status::kOk;
}

Block1Receiver::Step Block1Receiver::Accept(const Message& request) {
  const auto option = request.FindBlock(option::kBlock1);
  if (!option) {
    active_ = false;
    had_first_ = false;
    received_ = static_cast<uint32_t>(request.payload.size());
    return {Verdict::kFirst, true, {}, false};
  }
  if (!*option) return {Verdict::kInvalid, false, {}, false};
  const Block block = **option;
  const auto size = static_cast<uint32_t>(request.payload.size());
  const bool full = size == block.size_bytes();
  // Only the last block may be shorter, and none longer (RFC 7959 2.2).
  if (size > block.size_bytes() || (block.more && !full)) return {Verdict::kInvalid, false, block, true};

  if (block.number == 0) {
    // A copy of the first block that the network kept for long must not start the transfer anew.
    if (had_first_ && request.message_id == first_id_) return {Verdict::kDuplicate, false, block, true};
    had_first_ = true;
    first_id_ = request.message_id;
    active_ = block.more;
    received_ = size;
    last_size_ = size;
    return {Verdict::kFirst, !block.more, block, true};
  }
  if (!active_) return {Verdict::kGap, false, block, true};
  const uint64_t offset = uint64_t{block.number} * block.size_bytes();
  if (offset + size == received_ && size == last_size_ && block.more) return {Verdict::kDuplicate, false, block, true};
  if (offset != received_) return {Verdict::kGap, false, block, true};
  received_ += size;
  last_size_ = size;
  active_ = block.more;
  return {Verdict::kNext, !block.more, block, true};
}

void WriteBody(const Message* request, ByteSpan body, uint16_t content_format, std::optional<uint32_t> observe,
               MessageWriter& response, uint8_t szx_max) {
  Block block{0, false, szx_max};
  bool asked = false;
  if (request != nullptr) {
    if (const auto option = request->FindBlock(option::kBlock2)) {
      if (!*option) {
        response.set_code(Code::kBadOption);
        return;
      }
      asked = true;
      block.number = (*option)->number;
      block.szx = (*option)->szx;
      if (block.szx > szx_max) {  // we answer in smaller blocks: the same place in other units
        block.number <<= block.szx - szx_max;
        block.szx = szx_max;
      }
    }
  }
  const uint64_t offset = uint64_t{block.number} * block.size_bytes();
  if (offset > 0 && offset >= body.size()) {
    response.set_code(Code::kBadRequest);
    return;
  }
  const size_t size = std::min<size_t>(block.size_bytes(), body.size() - offset);
  block.more = offset + size < body.size();
  const bool in_blocks = asked || block.more;
  response.set_code(Code::kContent);
  if (in_blocks) {
    // RFC 7959 2.4: the ETag lets the client see that the body changed between two blocks. FNV-1a.
    uint32_t hash = 2166136261u;
    for (const uint8_t byte : body) hash = (hash ^ byte) * 16777619u;
    uint8_t etag[4];
    StoreBe32(etag, hash);
    response.AddOption(option::kETag, ByteSpan(etag));
  }
  if (observe) response.AddUint(option::kObserve, *observe & 0xffffff);
  response.AddUint(option::kContentFormat, content_format);
  if (in_blocks) {
    response.AddBlock(option::kBlock2, block);
    if (block.number == 0) response.AddUint(option::kSize2, static_cast<uint32_t>(body.size()));
  }
  response.AddPayload(body.subspan(offset, size));
}

Status Block2Receiver::OnResponse(const Message& response) {
  const auto option = response.FindBlock(option::kBlock2);
  const ByteSpan payload = response.payload;
  if (option && !*option) return Status::kInvalidArgument;
  const Block block = option ? **option : Block{0, false, szx_};
  if (option && (payload.size() > block.size_bytes() || (block.more && payload.size() != block.size_bytes()))) {
    return Status::kInvalidArgument;
  }
  uint64_t etag = 0;
  if (const auto tag = response.Find(option::kETag)) {
    for (const uint8_t byte : tag->value) etag = etag << 8 | byte;
  }
  if (block.number == 0) {
    size_ = 0;
    etag_ = etag;
  }
  if (uint64_t{block.number} * block.size_bytes() != size_ || etag != etag_) return Status::kDataLoss;
  if (payload.size() > buffer_.size() - size_) return Status::kResourceExhausted;
  std::copy(payload.begin(), payload.end(), buffer_.begin() + static_cast<ptrdiff_t>(size_));
  size_ += payload.size();
  szx_ = block.szx;
  done_ = !block.more;
  return Status::kOk;
}

bool IsFresher(uint32_t known, int64_t known_ms, uint32_t received, int64_t received_ms) {
  constexpr uint32_t kHalf = 1u << 23;
  if (known < received && received - known < kHalf) return true;
  if (known > received && known - received > kHalf) return true;
  return received_ms > known_ms + 128'000;
}

}  // namespace linnet::coap
