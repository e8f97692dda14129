/// The layout of blkpath's own trace format, version 1. A file is a row of blocks; every number is
/// little-endian, and every block begins at a multiple of 8 bytes, so that a file can be mapped into memory
/// and its records used in place.
///
///     block    = header (32 bytes), payload, zeros up to a multiple of 8
///     payload  = `count` records of 40 bytes, or JSON text ("meta")
///
/// The first block is meta. A meta block holds any of: "epoch_ns" (Unix time of the trace's zero), "machine"
/// (where and how it was recorded), "notes" (sentences), "samples" (what the machine did meanwhile),
/// "streams" ([id, device, job] for each stream that later records name). A recorder that is killed leaves
/// whole blocks and at most one that is cut off, which a reader passes over.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>

#include "traces/record.hpp"

namespace blkpath::layout {

static_assert(std::endian::native == std::endian::little, "blocks are read and written in place");

inline constexpr std::uint32_t kMagic = 0x52545042;  ///< "BPTR"
inline constexpr std::uint16_t kVersion = 1;
inline constexpr std::uint32_t kMaxPayload = 1 << 20;

enum class Content : std::uint8_t {
  meta = 1,    ///< JSON
  replay = 2,  ///< spans: late, submitted, completed, reaped
  block = 3,   ///< spans: allocated, inserted, submitted, completed
};

struct Header {
  std::uint32_t magic = kMagic;
  std::uint16_t version = kVersion;
  Content content = Content::meta;
  std::uint8_t zero = 0;
  std::uint32_t bytes = 0;     ///< of the payload, without the zeros behind it
  std::uint32_t count = 0;     ///< records in it
  std::int64_t base = 0;       ///< ns since the trace's zero: earliest `issued` of the block
  std::uint64_t checksum = 0;  ///< XXH3, 64 bits, of the header with 0 here, then of the payload
};
static_assert(sizeof(Header) == 32);

/// 40 bytes per I/O.
struct Record {
  std::uint64_t word =
      0;  ///< from the lowest bit: issued - base (38), stream (16), op (3), flags (4), buffer (3)
  std::int64_t offset = 0;     ///< bytes, -1: unknown
  std::uint32_t length = 0;    ///< bytes
  std::int32_t result = 0;     ///< bytes, or minus errno; INT32_MIN: unknown
  std::uint32_t span[4] = {};  ///< since `issued`; what they are says the block's content
};
static_assert(sizeof(Record) == 40);

inline constexpr int kDeltaBits = 38, kStreamBits = 16, kOpBits = 3, kFlagBits = 4;
inline constexpr std::int64_t kMaxDelta = (std::int64_t{1} << kDeltaBits) - 1;  ///< 274 s
inline constexpr std::size_t kMaxStreams = std::size_t{1} << kStreamBits;
inline constexpr std::uint32_t kRecordsPerBlock = 1638;  ///< 64 KiB

/// A duration in 32 bits: exact nanoseconds below 2.1 s; above, units of 1024 ns up to 36 minutes, and then
/// stays at the largest. All ones: unknown.
inline constexpr std::uint32_t kNoSpan = 0xffffffff, kLongest = 0xfffffffe, kCoarse = 0x80000000;
constexpr std::uint32_t pack_span(std::int64_t ns) {
  if (ns < std::int64_t{kCoarse}) return static_cast<std::uint32_t>(ns < 0 ? 0 : ns);
  const std::int64_t units = (ns + 512) >> 10;
  return units < std::int64_t{kLongest - kCoarse} ? kCoarse + static_cast<std::uint32_t>(units) : kLongest;
}
constexpr std::int64_t unpack_span(std::uint32_t span) {
  return span < kCoarse ? span : std::int64_t{span - kCoarse} << 10;
}

constexpr std::uint64_t padded(std::uint64_t bytes) { return (bytes + 7) & ~std::uint64_t{7}; }

}  // namespace blkpath::layout
