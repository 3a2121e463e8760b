// Block-wise transfer (RFC 7959): the arithmetic and the order of blocks, both directions, both ends. None of these objects
// holds the body: a sender is told where to read, a receiver says whether the bytes at hand come next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "linnet/base/bytes.h"
#include "linnet/base/status.h"
#include "linnet/coap/message.h"

namespace linnet::coap {

// Client: sends a body of known size with PUT or POST.
//
//   Block1Sender sender(image.size());
//   for each exchange:  w.Begin(...); w.AddPath(kUriPath, ...); w.AddUint(kContentFormat, ...);
//                       sender.AddOptions(w);
//                       w.AddPayload(image.subspan(sender.offset_bytes(), sender.size_bytes()));
//   on each response:   sender.OnResponse(response);   until done()
class Block1Sender {
 public:
  explicit Block1Sender(uint32_t body_bytes = 0, uint8_t szx = 6) : body_bytes_(body_bytes), szx_(szx) {}

  uint32_t offset_bytes() const { return offset_; }
  uint32_t size_bytes() const;
  uint32_t body_bytes() const { return body_bytes_; }
  Block block() const;
  // Block1, and Size1 with the first block. Nothing when the body fits one block.
  void AddOptions(MessageWriter& writer) const;

  // kOk: go on with the next block, or done() | kDataLoss: 4.08, the receiver lost its place; Restart or give up
  // | kAborted: any other refusal, final_code() says which | kInvalidArgument: not an answer to the block sent
  Status OnResponse(const Message& response);
  bool done() const { return done_; }
  Code final_code() const { return final_code_; }
  void Restart() {
    offset_ = 0;
    done_ = false;
  }

 private:
  uint32_t body_bytes_;
  uint32_t offset_ = 0;
  Code final_code_ = Code::kEmpty;
  uint8_t szx_;
  bool done_ = false;
};

// Server: accepts a body block by block, in order.
class Block1Receiver {
 public:
  enum class Verdict : uint8_t {
    kFirst,      // a new body starts with these bytes; a body under way before is void
    kNext,       // these bytes come next
    kDuplicate,  // already taken: answer as before, do not take them again
    kGap,        // not what comes next: answer 4.08
    kInvalid,    // malformed block option: answer 4.00
  };
  struct Step {
    Verdict verdict;
    bool last;       // with kFirst and kNext: the body is complete with these bytes
    Block block;     // to be echoed in the response
    bool has_block;  // false: the whole body came in one message
  };

  // Judges a request and, with kFirst and kNext, takes its payload as accepted.
  Step Accept(const Message& request);
  // Forgets the body under way: the next block but a first one is a gap.
  void Reset() { active_ = false; }
  bool active() const { return active_; }
  uint32_t received_bytes() const { return received_; }

 private:
  uint32_t received_ = 0;
  uint32_t last_size_ = 0;
  uint16_t first_id_ = 0;
  bool active_ = false;
  bool had_first_ = false;
};

// Server: writes the part of `body` that `request` asks for (all of it, when it fits): ETag and Block2 as needed, Observe when
// given, Content-Format, payload. Stateless: the body is made anew for each request, its ETag tells whether it changed.
// `request` is null for a notification. The code becomes 2.05, or 4.00/4.02 for a block past the end.
void WriteBody(const Message* request, ByteSpan body, uint16_t content_format, std::optional<uint32_t> observe,
               MessageWriter& response, uint8_t szx_max = 6);

// Client: puts a body together from Block2 responses, in the caller's buffer.
class Block2Receiver {
 public:
  explicit Block2Receiver(MutableByteSpan buffer) : buffer_(buffer) {}

  // kOk: taken; done() or ask for next() | kDataLoss: the body changed under way, or blocks out of order; start again
  // | kResourceExhausted: longer than the buffer | kInvalidArgument: malformed block option
  Status OnResponse(const Message& response);
  bool done() const { return done_; }
  // For the next GET: w.AddBlock(option::kBlock2, receiver.next()).
  Block next() const { return {static_cast<uint32_t>(size_ >> (4 + szx_)), false, szx_}; }
  ByteSpan body() const { return buffer_.first(size_); }

 private:
  MutableByteSpan buffer_;
  size_t size_ = 0;
  uint64_t etag_ = 0;
  uint8_t szx_ = 6;
  bool done_ = false;
};

// RFC 7641 3.4: whether a notification that was just received is newer than the newest one known. Numbers are 24 bits.
bool IsFresher(uint32_t known, int64_t known_ms, uint32_t received, int64_t received_ms);

}  // namespace linnet::coap
