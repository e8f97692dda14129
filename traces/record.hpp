/// One I/O of a trace, whatever recorded it.
#pragma once
#include <array>
#include <cstdint>
#include <limits>

#include "model/core/request.hpp"
#include "model/core/units.hpp"

namespace blkpath {

/// One I/O with the instants that were recorded of it. Instants are nanoseconds since the trace's own zero:
/// the first record's, or, for a replay, the start of the run. What was not recorded is kUnknown.
///
/// | field     | a replay                             | a block trace              | other traces        |
/// |-----------|--------------------------------------|----------------------------|---------------------|
/// | intended  | when the workload wanted it issued   |                            |                     |
/// | issued    | the submitting call began            | Q: entered the block layer | the time stamp      |
/// | allocated |                                      | G: got a request           |                     |
/// | inserted  |                                      | I: given to the scheduler  |                     |
/// | submitted | the submitting call had returned     | D: handed to the driver    |                     |
/// | completed | done, as early as the driver can say | C: completed               | response, where any |
/// | reaped    | the application took notice          |                            |                     |
///
/// As fio has it, slat is submitted - issued and clat reaped - submitted; a synchronous driver has no slat.
struct IoRecord {
  static constexpr Time kUnknown = Time::min();
  static constexpr std::int64_t kNoOffset = -1;
  static constexpr std::int32_t kNoResult = std::numeric_limits<std::int32_t>::min();

  enum Flag : std::uint8_t {
    kFua = 1,        ///< durable before it completes: O_SYNC, O_DSYNC, FUA; 'F' in blkparse
    kMeta = 2,       ///< the file system's metadata; 'M' in blkparse
    kReadAhead = 4,  ///< 'A' in blkparse
    kMerged = 8,     ///< went on as a part of another request, at whose times it was served
  };
  /// What DiskSim's validation traces say of the drive's buffer.
  enum class Buffer : std::uint8_t { unknown, hit, miss, doub, trip };

  Time issued{0};
  Time intended = kUnknown, allocated = kUnknown, inserted = kUnknown;
  Time submitted = kUnknown, completed = kUnknown, reaped = kUnknown;
  std::int64_t offset = kNoOffset;  ///< bytes on the device
  std::uint32_t length = 0;         ///< bytes
  std::int32_t result = kNoResult;  ///< bytes done, or minus errno
  std::uint32_t device = 0;         ///< device, volume, LUN or file number of the source
  std::uint16_t job = 0;            ///< thread of the replay; processor of a block trace
  Op op = Op::read;
  std::uint8_t flags = 0;
  Buffer buffer = Buffer::unknown;

  bool failed() const { return result < 0 && result != kNoResult; }
  bool done() const { return completed != kUnknown || reaped != kUnknown; }
  /// When whoever issued it knew that it was done: reaped, else completed, else kUnknown.
  Time end() const { return reaped != kUnknown ? reaped : completed; }

  bool operator==(const IoRecord&) const = default;
};

/// How many records there are of each Op.
using OpCounts = std::array<std::int64_t, 4>;

}  // namespace blkpath
