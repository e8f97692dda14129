#include "traces/trace_stats.hpp"

#include <algorithm>

namespace blkpath {
namespace {

constexpr std::int64_t kAlignment = 4096;
/// How far ahead the working set's table is fetched: it does not fit in a cache, and its memory takes longer
/// to answer than a few records take.
constexpr std::size_t kAhead = 16;

bool moves_data(const IoRecord& r) { return (r.op == Op::read || r.op == Op::write) && r.offset >= 0; }

}  // namespace

void TraceStats::add(std::span<const IoRecord> records) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    const IoRecord& ahead = records[std::min(i + kAhead, records.size() - 1)];
    working_set_.prefetch(ahead.device, ahead.offset);
    add(records[i]);
  }
}

void TraceStats::add(const IoRecord& r) {
  OpStats& op = ops_[static_cast<std::size_t>(r.op)];
  ++op.count;
  op.bytes += r.length;
  op.min_size = std::min(op.min_size, r.length);
  op.max_size = std::max(op.max_size, r.length);
  op.sizes.add(r.length);
  jobs_.set(r.job);
  merged_ += (r.flags & IoRecord::kMerged) != 0;
  arrivals_.add(r.issued, r.end());
  if (moves_data(r)) {
    ++addressed_;
    aligned_ += ((r.offset | r.length) & (kAlignment - 1)) == 0;
    devices_.add(r);
    working_set_.add(r.device, r.offset, r.length, r.op == Op::write);
  }
  add_latencies(r, op);
  add_result(r);
}

void TraceStats::add_span(LatencyStat& to, Time from, Time until) {
  if (from == IoRecord::kUnknown || until == IoRecord::kUnknown) return;
  if (until < from)
    ++negative_;
  else
    to.add(until - from);
}

void TraceStats::add_latencies(const IoRecord& r, OpStats& op) {
  if (r.intended != IoRecord::kUnknown) {
    if (r.issued < r.intended)
      ++lateness_.early;
    else
      lateness_.late.add(r.issued - r.intended);
  }
  completed_ += r.done();
  add_span(op.total, r.issued, r.end());
  if (r.reaped != IoRecord::kUnknown) {  // only a replay knows when the application took notice
    add_span(op.slat, r.issued, r.submitted);
    add_span(op.clat, r.submitted != IoRecord::kUnknown ? r.submitted : r.issued, r.reaped);
  } else if (r.allocated != IoRecord::kUnknown || r.inserted != IoRecord::kUnknown ||
             r.submitted != IoRecord::kUnknown) {
    add_span(phases_.q2g, r.issued, r.allocated);
    add_span(phases_.g2i, r.allocated, r.inserted);
    add_span(phases_.i2d, r.inserted, r.submitted);
    add_span(phases_.d2c, r.submitted, r.completed);
    add_span(phases_.q2c, r.issued, r.completed);
  }
}

void TraceStats::add_result(const IoRecord& r) {
  if (r.result == IoRecord::kNoResult) return;
  if (r.result >= 0) {
    short_ += (r.op == Op::read || r.op == Op::write) && static_cast<std::uint32_t>(r.result) < r.length;
    return;
  }
  const auto known = failures_.find(-r.result);
  if (known != failures_.end())
    ++known->second;
  else if (failures_.size() < kErrnos)
    failures_.emplace(-r.result, 1);
  else
    ++other_failures_;
}

std::int64_t TraceStats::count() const {
  std::int64_t n = 0;
  for (const OpStats& op : ops_) n += op.count;
  return n;
}

std::int64_t TraceStats::sequential() const {
  std::int64_t n = 0;
  for (const DeviceStats& d : devices_.all()) n += d.sequential;
  return n;
}

std::int64_t TraceStats::in_streams() const {
  std::int64_t n = 0;
  for (const DeviceStats& d : devices_.all()) n += d.in_streams;
  return n;
}

}  // namespace blkpath
