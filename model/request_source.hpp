/// Where a replay's requests come from.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "model/core/request.hpp"

namespace blkpath {

/// One recorded request, placed on the device that it is replayed on.
struct TraceRequest {
  static constexpr Time kUnknown = Time::min();

  Time issued{0};         ///< since the trace's own zero
  Time ended = kUnknown;  ///< when whoever issued it knew that it was done
  std::int64_t offset = 0;
  std::uint32_t length = 0;
  Op op = Op::read;
  std::uint8_t flags = 0;  ///< of Request
};

/// What a source was made of, and what it left out.
struct SourceFacts {
  std::string file, format;
  std::int64_t records = 0;    ///< read, with those left out
  std::int64_t empty = 0;      ///< left out: of no length, and no flush
  std::int64_t elsewhere = 0;  ///< left out: of other devices than the one chosen
  std::int64_t skipped = 0;    ///< left out: of a kind that is not wanted
  std::int64_t malformed = 0;  ///< left out: not readable, within what was allowed
};

/// Requests in the trace's order, in constant memory.
class RequestSource {
 public:
  virtual ~RequestSource() = default;
  /// Fills `out` from its beginning. @return how many; fewer than asked only at the end
  /// @throws ConfigError for a record that cannot be read, or cannot be replayed here
  virtual std::size_t next(std::span<TraceRequest> out) = 0;
  /// Of what has been read so far.
  virtual SourceFacts facts() const = 0;
};

}  // namespace blkpath
