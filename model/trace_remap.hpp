/// From an offset in a trace to one on the device that it is replayed on.
#pragma once
#include <cstdint>
#include <optional>

#include "model/replay_spec.hpp"

namespace blkpath {

/// What fio's replay_scale and replay_align make of an offset, before it is placed.
inline std::int64_t divided(const ReplaySpec& spec, std::int64_t offset) {
  return (offset / spec.divisor) & ~(spec.alignment - 1);
}

/// `wrap` and `scale` keep the alignment of a request (the largest power of two that divides offset and
/// length, up to 1 MiB), so that partial pages and stripes stay what they were; a request that would cross
/// the device's end is moved down in front of it.
class TraceRemap {
 public:
  /// @param device  size of the device
  /// @param span    end of the last request of the trace; for `scale`
  /// @throws        std::invalid_argument when nothing of the device is left behind spec.offset, or scale has
  /// no span
  TraceRemap(const ReplaySpec& spec, Bytes device, Bytes span);

  /// @return where it goes; nothing when it does not fit
  std::optional<std::int64_t> place(std::int64_t offset, std::uint32_t length) const;

 private:
  ReplaySpec spec_;
  std::int64_t room_, span_;
  std::int64_t modulus_;  ///< the room in whole MiB, so that wrapping keeps every alignment up to that
};

}  // namespace blkpath
