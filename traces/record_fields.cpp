#include "traces/record_fields.hpp"

#include <array>

namespace blkpath {
namespace {

constexpr std::array<const char*, 11> kNames{"intended",  "allocated", "inserted", "submitted",
                                             "completed", "reaped",    "result",   "device",
                                             "job",       "flags",     "buffer"};  // bit 0, 1, ...
static_assert(record_field::all == (1 << kNames.size()) - 1);

}  // namespace

RecordFields known_fields(const IoRecord& r) {
  using namespace record_field;
  RecordFields known = 0;
  const auto add = [&known](RecordFields field, bool is_known) {
    if (is_known) known = static_cast<RecordFields>(known | field);
  };
  add(intended, r.intended != IoRecord::kUnknown);
  add(allocated, r.allocated != IoRecord::kUnknown);
  add(inserted, r.inserted != IoRecord::kUnknown);
  add(submitted, r.submitted != IoRecord::kUnknown);
  add(completed, r.completed != IoRecord::kUnknown);
  add(reaped, r.reaped != IoRecord::kUnknown);
  add(result, r.result != IoRecord::kNoResult);
  add(device, r.device != 0);
  add(job, r.job != 0);
  add(flags, r.flags != 0);
  add(buffer, r.buffer != IoRecord::Buffer::unknown);
  return known;
}

std::vector<std::string> names_of(RecordFields fields) {
  std::vector<std::string> names;
  for (std::size_t bit = 0; bit < kNames.size(); ++bit)
    if ((fields >> bit & 1) != 0) names.emplace_back(kNames[bit]);
  return names;
}

}  // namespace blkpath
