#include "traces/blk_pairing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace blkpath {
namespace {

constexpr Time kUnknown = IoRecord::kUnknown;

bool is_merged(const IoRecord& r) { return (r.flags & IoRecord::kMerged) != 0; }

}  // namespace

BlkPairing::Key BlkPairing::key(Id id) {
  const IoRecord& r = bio(id).record;
  return {r.device, r.op, r.offset, id};
}

void BlkPairing::open(const BlkEvent& event) {
  Bio& bio = bios_.emplace_back(Bio{.record = {}, .left = event.bytes});
  IoRecord& r = bio.record;
  r.issued = event.time;
  if (event.op != Op::flush) r.offset = event.offset;
  r.length = event.bytes;
  r.device = event.device;
  r.job = event.cpu;
  r.op = event.op;
  r.flags = event.flags;
  std::uint32_t& longest = longest_[static_cast<std::size_t>(event.op)];
  longest = std::max(longest, event.bytes);
  open_.insert(key(first_ + bios_.size() - 1));
}

void BlkPairing::close(Id id, Time time) {
  Bio& done = bio(id);
  open_.erase(key(id));
  if (open_.empty()) longest_ = {};
  constexpr std::uint32_t kMost = std::numeric_limits<std::int32_t>::max();
  done.record.completed = time;
  done.record.result =
      done.error != 0 ? -done.error : static_cast<std::int32_t>(std::min(done.record.length, kMost));
  done.closed = true;
}

bool BlkPairing::next(IoRecord& record) {
  if (bios_.empty()) return false;
  if (!bios_.front().closed) {
    if (!finished_ && bios_.size() < kOpen) return false;
    if (!finished_) ++displaced_;
    open_.erase(key(first_));
  }
  record = bios_.front().record;
  bios_.pop_front();
  ++first_;
  return true;
}

void BlkPairing::finish() {
  finished_ = true;
  incomplete_ = open_.size();
}

void BlkPairing::find_flushes(const BlkEvent& event, Eligible eligible) {
  for (auto it = open_.lower_bound({event.device, Op::flush, IoRecord::kNoOffset, 0}); it != open_.end();
       ++it) {
    const auto& [device, op, offset, id] = *it;
    if (device != event.device || op != Op::flush) return;
    if (!eligible(bio(id))) continue;
    const Time submitted = bio(id).record.submitted;
    if (!found_.empty() && submitted != bio(found_.front()).record.submitted) continue;  // by another command
    found_.push_back(id);
    const bool shared =
        event.action == BlkAction::issue || (event.action == BlkAction::complete && submitted != kUnknown);
    if (!shared) return;
  }
}

bool BlkPairing::find_same_range(const BlkEvent& event, Eligible eligible) {
  for (auto it = open_.lower_bound({event.device, event.op, event.offset, 0}); it != open_.end(); ++it) {
    const auto& [device, op, offset, id] = *it;
    if (device != event.device || op != event.op || offset != event.offset) return false;
    if (bio(id).record.length != event.bytes || !eligible(bio(id))) continue;
    found_.push_back(id);
    return true;
  }
  return false;
}

void BlkPairing::find_in_range(const BlkEvent& event, Eligible eligible) {
  const std::int64_t end = event.offset + event.bytes;
  std::int64_t left = event.bytes;
  // Bios within the range first, each byte once; then, if bytes are left, those that reach beyond it.
  for (const bool within : {true, false}) {
    const std::int64_t back = within ? 0 : longest_[static_cast<std::size_t>(event.op)];
    std::int64_t taken_to = event.offset;
    for (auto it = open_.lower_bound({event.device, event.op, event.offset - back, 0});
         it != open_.end() && left > 0; ++it) {
      const auto& [device, op, offset, id] = *it;
      if (device != event.device || op != event.op || offset >= end) break;
      const std::int64_t bio_end = offset + bio(id).record.length;
      const bool is_within = offset >= event.offset && bio_end <= end;
      if (is_within != within || bio_end <= event.offset || !eligible(bio(id))) continue;
      if (within && offset < taken_to) continue;
      taken_to = bio_end;
      left -= std::min(bio_end, end) - std::max(offset, event.offset);
      found_.push_back(id);
    }
  }
}

void BlkPairing::find(const BlkEvent& event, Eligible eligible) {
  found_.clear();
  if (event.op == Op::flush) return find_flushes(event, eligible);
  if (!find_same_range(event, eligible)) find_in_range(event, eligible);
}

void BlkPairing::merge(const BlkEvent& event) {
  // A bio is merged before it gets a request of its own. Since Linux 5.8 an M is also said when two requests
  // become one; then the bios of the second had theirs. Where a bio reaches beyond the range, the rest of a
  // split was merged: the bio as a whole was not.
  find(event, [](const Bio& b) { return b.record.allocated == kUnknown && !is_merged(b.record); });
  if (found_.empty())
    find(event, [](const Bio& b) { return b.record.submitted == kUnknown && !is_merged(b.record); });
  for (const Id id : found_) {
    IoRecord& r = bio(id).record;
    if (r.offset >= event.offset && r.offset + r.length <= event.offset + event.bytes)
      r.flags |= IoRecord::kMerged;
  }
}

void BlkPairing::complete(const BlkEvent& event) {
  find(event, [](const Bio& b) { return b.record.submitted != kUnknown; });
  if (found_.empty())  // a bio-based device. A flush that has a request waits for its D.
    find(event, [](const Bio& b) { return b.record.op != Op::flush || b.record.allocated == kUnknown; });
  if (found_.empty()) ++unmatched_;
  for (const Id id : found_) {
    Bio& part = bio(id);
    const IoRecord& r = part.record;
    if (event.error != 0 && part.error == 0) part.error = event.error;
    if (r.op != Op::flush) {
      const std::int64_t from = std::max(r.offset, event.offset);
      const std::int64_t to = std::min(r.offset + r.length, event.offset + event.bytes);
      part.left -= static_cast<std::uint32_t>(std::min<std::int64_t>(part.left, to - from));
    }
    if (part.left == 0) close(id, event.time);
  }
}

void BlkPairing::add(const BlkEvent& event) {
  switch (event.action) {
    case BlkAction::queue:
      return open(event);
    case BlkAction::get:
      find(event, [](const Bio& b) { return b.record.allocated == kUnknown && !is_merged(b.record); });
      for (const Id id : found_) bio(id).record.allocated = event.time;
      return;
    case BlkAction::insert:
      find(event,
           [](const Bio& b) { return b.record.inserted == kUnknown && b.record.submitted == kUnknown; });
      for (const Id id : found_) bio(id).record.inserted = event.time;
      return;
    case BlkAction::issue:
      find(event, [](const Bio& b) { return b.record.submitted == kUnknown; });
      for (const Id id : found_) bio(id).record.submitted = event.time;
      return;
    case BlkAction::requeue:  // the driver gave it back; the D that counts is yet to come
      find(event, [](const Bio& b) { return b.record.submitted != kUnknown; });
      for (const Id id : found_) bio(id).record.submitted = kUnknown;
      return;
    case BlkAction::back_merge:
    case BlkAction::front_merge:
      return merge(event);
    case BlkAction::complete:
      return complete(event);
  }
}

std::vector<std::string> BlkPairing::notes() const {
  std::vector<std::string> notes;
  if (incomplete_ > 0)
    notes.push_back(fmt::format("{} requests have no completion in the trace", incomplete_));
  if (displaced_ > 0)
    notes.push_back(
        fmt::format("{} requests had no completion when {} had been queued since, and were given without",
                    displaced_, kOpen));
  if (unmatched_ > 0)
    notes.push_back(fmt::format("{} completions are of requests queued before the trace began", unmatched_));
  return notes;
}

bool BlkEventReader::may_skip() {
  if (skipped_ == left_to_skip_) return false;
  ++skipped_;
  return true;
}

std::size_t BlkEventReader::read(std::span<IoRecord> out) {
  std::size_t n = 0;
  BlkEvent event;
  while (n < out.size()) {
    if (pairing_.next(out[n])) {
      ++n;
    } else if (ended_) {
      break;
    } else if (next_event(event)) {
      pairing_.add(event);
    } else {
      end();
    }
  }
  return n;
}

void BlkEventReader::end() {
  ended_ = true;
  pairing_.finish();
  std::ranges::move(pairing_.notes(), std::back_inserter(meta_.notes));
  if (commands_ > 0) meta_.notes.push_back(fmt::format("{} pass-through commands are left out", commands_));
}

}  // namespace blkpath
