#include "traces/blk_unpairing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <tuple>

#include "model/core/error.hpp"

namespace blkpath {
namespace {

constexpr Time kUnknown = IoRecord::kUnknown;

Time completed(const IoRecord& r) { return r.completed != kUnknown ? r.completed : r.reaped; }

int stage(BlkAction action) {
  constexpr std::string_view kOrder = "QGMIDC";
  return static_cast<int>(kOrder.find(static_cast<char>(action)));
}

bool is_merged(const BlkEvent& e) { return (e.flags & IoRecord::kMerged) != 0; }

/// Whether both are of one request: a bio that was merged, and what it was merged into or with.
bool joins(const BlkEvent& first, const BlkEvent& second) {
  if (first.action != BlkAction::insert && first.action != BlkAction::issue &&
      first.action != BlkAction::complete)
    return false;
  return first.action == second.action && first.time == second.time && first.device == second.device &&
         first.op == second.op && first.error == second.error && first.op != Op::flush &&
         first.offset + first.bytes == second.offset && (is_merged(first) || is_merged(second)) &&
         second.bytes <= std::numeric_limits<std::uint32_t>::max() - first.bytes;
}

void check(const IoRecord& r) {
  stamp_ns(r.issued);
  if (r.done()) span_ns(r.issued, completed(r), "a response");
  if (r.op == Op::flush) return;
  if (in_sectors(r.length, "a length") == 0) throw BadRecord("has no length");
  in_sectors(known_offset(r), "an offset");
}

}  // namespace

bool BlkUnpairing::Later::operator()(const BlkEvent& a, const BlkEvent& b) const {
  const auto place = [](const BlkEvent& e) {
    return std::tuple{e.time, stage(e.action), e.device, e.op, e.offset, e.bytes};
  };
  return place(a) > place(b);
}

void BlkUnpairing::add(const IoRecord& r) {
  check(r);
  BlkEvent event{.offset = r.op == Op::flush ? 0 : r.offset,
                 .bytes = r.op == Op::flush ? 0 : r.length,
                 .device = r.device,
                 .cpu = r.job,
                 .op = r.op,
                 .flags = r.flags};
  const auto hold = [&](Time time, BlkAction action) {
    if (time == kUnknown) return;
    event.time = std::max(time, r.issued);
    event.action = action;
    held_.push(event);
  };
  const Time end = completed(r);
  hold(r.issued, BlkAction::queue);
  hold(r.allocated, BlkAction::get);
  if (is_merged(event)) hold(std::max(r.issued, r.allocated), BlkAction::back_merge);
  hold(r.inserted, BlkAction::insert);
  hold(end == kUnknown ? r.submitted : std::min(r.submitted, end), BlkAction::issue);
  event.error = r.failed() ? static_cast<std::uint16_t>(-r.result) : 0;
  hold(end, BlkAction::complete);
}

bool BlkUnpairing::next(BlkEvent& event, bool finished) {
  if (held_.empty() || (!finished && held_.size() < kHeld)) return false;
  event = held_.top();
  held_.pop();
  if (event.time < last_)
    throw ConfigError(
        {}, "--to",
        fmt::format("a record at {} ns comes after {} events past {} ns; --sort puts the trace in order",
                    event.time.count(), kHeld, last_.count()));
  last_ = event.time;
  while (!held_.empty() && joins(event, held_.top())) {
    event.bytes += held_.top().bytes;
    if (!is_merged(held_.top())) event.flags = held_.top().flags;
    held_.pop();
  }
  return true;
}

void BlkEventWriter::write(std::span<const IoRecord> records) {
  for (const IoRecord& record : records) {
    tally_.check(record, [&] {
      events_.add(record);
      return true;
    });
    drain(false);
  }
}

void BlkEventWriter::drain(bool finished) {
  constexpr std::size_t kFlush = 1 << 16;
  BlkEvent event;
  while (events_.next(event, finished)) {
    put(event, ++sequences_[{event.device, event.cpu}], buffer_);
    if (buffer_.size() < kFlush) continue;
    out_->write(buffer_);
    buffer_.clear();
  }
}

void BlkEventWriter::close() {
  drain(true);
  out_->write(buffer_);
  buffer_.clear();
  out_->close();
}

}  // namespace blkpath
