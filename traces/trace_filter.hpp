/// Picks records out of a trace, and changes some.
#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "traces/format.hpp"

namespace blkpath {

/// Which records to keep: those that meet every condition.
struct TraceFilter {
  Time from = Time::min(), until = Time::max();  ///< issued in [from, until), since the trace's zero
  std::vector<Op> ops{};                         ///< empty: all
  /// Bytes: touches [offset_low, offset_high). Any condition leaves out what has no offset.
  std::optional<std::int64_t> offset_low{}, offset_high{};
  std::vector<std::uint32_t> devices{};                                                  ///< empty: all
  std::vector<std::uint16_t> jobs{};                                                     ///< empty: all
  std::uint32_t min_length = 0, max_length = std::numeric_limits<std::uint32_t>::max();  ///< bytes
  bool failed = false;                                                                   ///< only failed ones
  std::int64_t limit = std::numeric_limits<std::int64_t>::max();  ///< that many at most

  bool keeps(const IoRecord& r) const;
};

/// What of another reader a filter keeps.
class FilteredReader final : public TraceReader {
 public:
  FilteredReader(std::unique_ptr<TraceReader> from, TraceFilter filter)
      : from_(std::move(from)), filter_(std::move(filter)), left_(filter_.limit) {}
  std::size_t read(std::span<IoRecord> out) override;
  const TraceMeta& meta() const override { return from_->meta(); }
  std::int64_t skipped() const override { return from_->skipped(); }

 private:
  std::unique_ptr<TraceReader> from_;
  TraceFilter filter_;
  std::int64_t left_;
  bool ended_ = false;
};

/// How to change the records that are kept.
struct TraceTransform {
  Time earlier{0};                        ///< taken from every instant
  std::optional<std::uint32_t> device{};  ///< every record's device becomes this one

  void apply(std::span<IoRecord> records) const;
};

/// The earliest arrival among `records`; 0 when there are none.
Time earliest(std::span<const IoRecord> records);

}  // namespace blkpath
