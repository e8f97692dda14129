/// What readers and writers of foreign formats check: arithmetic that does not overflow, and records that a
/// format cannot say.
#pragma once
#include <fmt/format.h>

#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include "model/core/error.hpp"
#include "traces/record.hpp"

namespace blkpath {

inline constexpr std::int64_t kMicro = 1'000, kMilli = 1'000'000, kSecond = 1'000'000'000;  ///< ns

/// A line, or a record of a binary trace, is not what it should be. The message says what was expected: "an
/// offset in bytes, not '12x'".
struct BadLine : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A record cannot be said in the format that is being written. The message goes on from "record 12": "has no
/// offset".
struct BadRecord : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// `a` * `b`. @throws BadLine "<what> <a> is out of range"
inline std::int64_t times(std::int64_t a, std::int64_t b, const char* what) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) throw BadLine(fmt::format("{} {} is out of range", what, a));
  return product;
}

/// `a` + `b`. @throws BadLine "<what> is out of range"
inline Time plus(Time a, Time b, const char* what) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a.count(), b.count(), &sum))
    throw BadLine(fmt::format("{} is out of range", what));
  return Time{sum};
}

/// What was read, when it is 0 or more. @throws BadLine "<what> from 0 up, not <value>"
inline std::int64_t from_zero(std::int64_t value, const char* what) {
  if (value < 0) throw BadLine(fmt::format("{} from 0 up, not {}", what, value));
  return value;
}

/// Bytes in a count of sectors. @throws BadLine when it is negative or out of range
inline std::int64_t sectors(std::int64_t count, const char* what) {
  return times(from_zero(count, what), kSectorSize.n, what);
}

/// A length that fits. @throws BadLine "<what> <value> is out of range"
inline std::uint32_t length_of(std::int64_t bytes, const char* what) {
  if (bytes < 0 || bytes > std::numeric_limits<std::uint32_t>::max())
    throw BadLine(fmt::format("{} of {} bytes is out of range", what, bytes));
  return static_cast<std::uint32_t>(bytes);
}

/// Whether it moves data: many formats have no word for anything else.
inline bool reads_or_writes(const IoRecord& r) { return r.op == Op::read || r.op == Op::write; }

/// @throws BadRecord when the offset is unknown
inline std::int64_t known_offset(const IoRecord& r) {
  if (r.offset < 0) throw BadRecord("has no offset");
  return r.offset;
}

/// @throws BadRecord when it is not yet done
inline Time known_end(const IoRecord& r) {
  if (!r.done()) throw BadRecord("has no completion");
  return r.end();
}

/// `to` - `from`. @throws BadRecord "has <what> ..." when it is negative or does not fit
inline std::int64_t span_ns(Time from, Time to, const char* what) {
  std::int64_t ns = 0;
  if (__builtin_sub_overflow(to.count(), from.count(), &ns) || ns < 0)
    throw BadRecord(fmt::format("has {} that ends before it begins", what));
  return ns;
}

/// A stamp in ns since the zero of the format, which is `epoch_ns` before the trace's own.
/// @throws BadRecord when it is before the format's zero, or does not fit
inline std::int64_t stamp_ns(Time t, std::int64_t epoch_ns = 0) {
  std::int64_t ns = 0;
  if (__builtin_add_overflow(t.count(), epoch_ns, &ns) || ns < 0)
    throw BadRecord(fmt::format(
        "has a time of {} ns, before the first that can be written (see --shift-time-to-zero)", t.count()));
  return ns;
}

/// @throws BadRecord "has <what> of <bytes> bytes, not a multiple of 512"
inline std::int64_t in_sectors(std::int64_t bytes, const char* what) {
  if (bytes % kSectorSize.n != 0)
    throw BadRecord(fmt::format("has {} of {} bytes, not a multiple of {}", what, bytes, kSectorSize.n));
  return bytes / kSectorSize.n;
}

/// For formats that know one device: refuses the second.
class OneDevice {
 public:
  /// @throws BadRecord
  void check(const IoRecord& r) {
    if (seen_ && r.device != device_)
      throw BadRecord(fmt::format("is of device {}, the ones before it of device {}", r.device, device_));
    device_ = r.device;
    seen_ = true;
  }

 private:
  std::uint32_t device_ = 0;
  bool seen_ = false;
};

/// Counts the records that a writer is given, so that a refusal says which one it was, and those that it
/// leaves out.
class WriteTally {
 public:
  explicit WriteTally(std::string format) : format_(std::move(format)) {}
  /// Runs `write` for the next record; it returns false when the format has no word for the record.
  /// @throws ConfigError in place of BadRecord
  template <class Write>
  void check(const IoRecord& record, Write write) {
    ++number_;
    try {
      if (!write()) ++left_out_.at(static_cast<std::size_t>(record.op));
    } catch (const BadRecord& bad) {
      throw ConfigError({}, "--to",
                        fmt::format("record {} {}; {} cannot say that", number_, bad.what(), format_));
    }
  }
  const OpCounts& left_out() const { return left_out_; }

 private:
  std::string format_;
  std::int64_t number_ = 0;
  OpCounts left_out_{};
};

}  // namespace blkpath
