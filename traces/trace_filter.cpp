#include "traces/trace_filter.hpp"

#include <algorithm>

namespace blkpath {
namespace {

template <class T>
bool among(const std::vector<T>& wanted, T value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

}  // namespace

bool TraceFilter::keeps(const IoRecord& r) const {
  if (r.issued < from || r.issued >= until) return false;
  if (r.length < min_length || r.length > max_length) return false;
  if (failed && !r.failed()) return false;
  if (offset_low || offset_high) {
    // One of no bytes touches the place where it is.
    const std::int64_t end = r.offset + std::max<std::int64_t>(r.length, 1);
    if (r.offset < 0 || (offset_high && r.offset >= *offset_high) || (offset_low && end <= *offset_low))
      return false;
  }
  return among(ops, r.op) && among(devices, r.device) && among(jobs, r.job);
}

std::size_t FilteredReader::read(std::span<IoRecord> out) {
  std::size_t kept = 0;
  while (kept < out.size() && left_ > 0 && !ended_) {
    const std::span<IoRecord> room = out.subspan(kept);
    const std::size_t got = from_->read(room);
    ended_ = got < room.size();
    for (std::size_t i = 0; i < got && left_ > 0; ++i) {
      if (!filter_.keeps(room[i])) continue;
      out[kept++] = room[i];
      --left_;
    }
  }
  return kept;
}

void TraceTransform::apply(std::span<IoRecord> records) const {
  for (IoRecord& r : records) {
    if (device) r.device = *device;
    if (earlier == Time{0}) continue;
    r.issued -= earlier;
    for (Time* t : {&r.intended, &r.allocated, &r.inserted, &r.submitted, &r.completed, &r.reaped})
      if (*t != IoRecord::kUnknown) *t -= earlier;
  }
}

Time earliest(std::span<const IoRecord> records) {
  const auto first =
      std::min_element(records.begin(), records.end(),
                       [](const IoRecord& a, const IoRecord& b) { return a.issued < b.issued; });
  return first == records.end() ? Time{0} : first->issued;
}

}  // namespace blkpath
