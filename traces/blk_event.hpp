/// One event of Linux's block layer, as blktrace records it.
#pragma once
#include <cstdint>

#include "traces/record.hpp"

namespace blkpath {

inline constexpr Time kBlkLatest =
    Time::max() / 2;  ///< 146 years: differences of two such times do not overflow

/// The events that pairing needs, by blkparse's letters. The others say nothing of one request's times (P, U,
/// T plug and unplug, S sleeps until it may have a request, m is a scheduler's message) or need no action,
/// because requests are found by their sectors (A was remapped to this device, X was split, B bounced).
enum class BlkAction : char {
  queue = 'Q',
  get = 'G',
  insert = 'I',
  issue = 'D',
  complete = 'C',
  requeue = 'R',
  back_merge = 'M',
  front_merge = 'F',
};

struct BlkEvent {
  Time time{0};
  std::int64_t offset = 0;   ///< bytes on the device; 0 for a flush
  std::uint32_t bytes = 0;   ///< 0 for a flush and for nothing else
  std::uint32_t device = 0;  ///< major << 20 | minor, as the kernel has it
  std::uint16_t cpu = 0;
  std::uint16_t error = 0;  ///< errno of a completion
  BlkAction action = BlkAction::queue;
  Op op = Op::read;
  std::uint8_t flags = 0;  ///< IoRecord::Flag
};

/// What blkparse's RWBS column says, and what the binary format has as bits.
struct BlkRwbs {
  bool preflush = false;  ///< F before the direction: flush the drive's cache first
  bool barrier = false;   ///< B, up to Linux 2.6.36: ordered, and flushed before and after
  char direction = 'N';   ///< R, W, D (discard) or N
  bool fua = false;       ///< F after the direction
  bool ahead = false, meta = false;

  /// @return whether the event moves data or is a flush. One without data and without F or B is the kernel's
  /// end of
  ///         a flush sequence, for which "C FN" has been said before (block/blk-flush.c), or no I/O.
  bool classify(BlkEvent& event) const {
    event.flags =
        static_cast<std::uint8_t>((fua || barrier ? IoRecord::kFua : 0) | (meta ? IoRecord::kMeta : 0) |
                                  (ahead ? IoRecord::kReadAhead : 0));
    if (event.bytes == 0) {
      event.op = Op::flush;
      event.offset = 0;  // some kernels leave -1 there
      return preflush || barrier;
    }
    event.op = direction == 'D' ? Op::trim : direction == 'W' ? Op::write : Op::read;
    return direction != 'N';
  }
};

}  // namespace blkpath
