#include "cli/trace_losses.hpp"

#include <fmt/format.h>

#include <numeric>
#include <vector>

#include "cli/trace_args.hpp"

namespace blkpath::cli {

void TraceLosses::add(std::span<const IoRecord> records) {
  records_ += static_cast<std::int64_t>(records.size());
  for (const IoRecord& record : records) known_ = static_cast<RecordFields>(known_ | known_fields(record));
}

std::string TraceLosses::text() const {
  std::string text;
  std::vector<std::string> kinds;
  for (std::size_t op = 0; op < left_out_.size(); ++op)
    if (left_out_[op] > 0) kinds.push_back(fmt::format("{} {}", left_out_[op], op_name(static_cast<Op>(op))));
  if (!kinds.empty())
    text += fmt::format("blkpath: left out, because {} has no word for them: {}, of {} records\n",
                        format_.name, fmt::join(kinds, ", "), records_);
  if (lost() != 0)
    text += fmt::format("blkpath: not held by {}, and lost: {}\n", format_.name,
                        fmt::join(names_of(lost()), ", "));
  return text;
}

nlohmann::ordered_json TraceLosses::json() const {
  nlohmann::ordered_json kinds = nlohmann::ordered_json::object();
  for (std::size_t op = 0; op < left_out_.size(); ++op)
    if (left_out_[op] > 0) kinds[op_name(static_cast<Op>(op))] = left_out_[op];
  return {{"format", format_.name},
          {"records", records_},
          {"written", records_ - std::accumulate(left_out_.begin(), left_out_.end(), std::int64_t{0})},
          {"left_out", kinds},
          {"lost_fields", names_of(lost())}};
}

}  // namespace blkpath::cli
