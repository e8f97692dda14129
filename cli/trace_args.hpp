/// What the subcommands of `blkpath trace` share.
#pragma once
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "traces/trace_filter.hpp"

namespace blkpath::cli {

void add_trace_info(CLI::App& trace, int& status);
void add_trace_convert(CLI::App& trace, int& status);
void add_trace_cat(CLI::App& trace, int& status);
void add_trace_formats(CLI::App& trace);

/// --format, --skip-bad and the filters.
class TraceArgs {
 public:
  void add_to(CLI::App& command);
  /// @return null when it was interrupted while the trace's beginning was waited for
  /// @throws ConfigError, also for a wrong filter
  std::unique_ptr<TraceReader> open(const std::string& path) const;
  bool failed() const { return filter_.failed; }

 private:
  TraceFilter filter() const;

  std::string format_, from_, until_, ops_, offset_, devices_, jobs_, min_length_, max_length_, limit_,
      skip_bad_;
  TraceFilter filter_;
};

/// @throws ConfigError that shows `example` when `text` is no whole number from 0 to `most`
std::uint64_t whole_number(const std::string& text, const std::string& option, const char* example,
                           std::uint64_t most);

/// Reads records to the end, or until Ctrl-C, which ends the wait for a silent pipe, too; shows how many on a
/// terminal when it takes long.
/// @return false when it was interrupted
bool for_each_batch(TraceReader& reader, const std::function<void(std::span<IoRecord>)>& take);

const char* op_name(Op op);

}  // namespace blkpath::cli
