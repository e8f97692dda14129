/// What of a trace does not fit into the format that it is written in.
#pragma once
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "traces/format.hpp"

namespace blkpath::cli {

/// Goes along with a writer.
class TraceLosses {
 public:
  explicit TraceLosses(const TraceFormat& format) : format_(format) {}

  void add(std::span<const IoRecord> records);
  /// @param left_out  of the writer
  void finish(const OpCounts& left_out) { left_out_ = left_out; }

  /// Lines for standard error; "" when nothing was lost.
  std::string text() const;
  /// {"format", "records", "written", "left_out": {op: count}, "lost_fields": [name]}
  nlohmann::ordered_json json() const;

 private:
  RecordFields lost() const { return static_cast<RecordFields>(known_ & ~format_.holds); }

  const TraceFormat& format_;
  std::int64_t records_ = 0;
  RecordFields known_ = 0;  ///< of any record
  OpCounts left_out_{};
};

}  // namespace blkpath::cli
