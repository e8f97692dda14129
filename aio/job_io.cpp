#include "aio/job_io.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <system_error>
#include <thread>

#include "model/core/random.hpp"

namespace blkpath {
namespace {

constexpr std::size_t kPage = 4096;
constexpr int kPatience =
    50'000;  ///< times 100 us that a driver may be short of resources with nothing in flight

char* pages(std::size_t bytes) {
  auto* const p = static_cast<char*>(std::aligned_alloc(kPage, (bytes + kPage - 1) / kPage * kPage));
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

/// Data that no layer below can compress.
void scribble(char* buffer, std::size_t bytes, Random& random) {
  for (std::size_t at = 0; at + 8 <= bytes; at += 8) {
    const std::uint64_t word = random.bits();
    std::memcpy(buffer + at, &word, 8);
  }
}

Instant at(Time t) { return Instant{t}; }

}  // namespace

JobIo::JobIo(const AioDriverInfo& info, AioOptions options, std::uint32_t job, int fd,
             std::size_t buffer_size, FioAccount& account, Recorder::Lane& lane, ReplayControl& control)
    : info_(info),
      job_(job),
      account_(account),
      lane_(lane),
      control_(control),
      memory_(nullptr, &std::free) {
  const std::size_t each = (std::max<std::size_t>(buffer_size, 1) + kPage - 1) / kPage * kPage;
  memory_.reset(pages(each * options.depth));
  Random random(job, "buffers");
  scribble(memory_.get(), each * options.depth, random);
  slots_.resize(options.depth);
  queue_.reserve(options.depth);
  reaped_.resize(options.depth);
  std::vector<iovec> vectors;
  for (std::uint32_t i = 0; i < options.depth; ++i) {
    Slot& slot = slots_[i];
    slot.io.slot = i;
    slot.io.fd = fd;
    slot.buffer = memory_.get() + i * each;
    slot.capacity = each;
    vectors.push_back({slot.buffer, each});
    free_.push_back(options.depth - 1 - i);
  }
  const int files[] = {fd};
  options.buffers = vectors;
  options.files = files;
  driver_ = make_aio_driver(info, options);
}

void JobIo::fit_buffer(Slot& slot, std::uint32_t length) {
  if (length <= slot.capacity) return;
  larger_.emplace_back(pages(length), &std::free);
  slot.buffer = larger_.back().get();
  slot.capacity = length;
  Random random(job_, "larger buffer");
  scribble(slot.buffer, length, random);
}

void JobIo::queue(Op op, std::int64_t offset, std::uint32_t length, Time intended, Time now, bool measured) {
  Slot& slot = slots_[free_.back()];
  free_.pop_back();
  fit_buffer(slot, length);
  slot.measured = measured;
  slot.io.op = op;
  slot.io.buffer = slot.buffer;
  slot.io.offset = offset;
  slot.io.length = length;
  IoRecord& r = slot.record;
  r.intended = intended;
  r.issued = now;
  r.submitted = IoRecord::kUnknown;
  r.offset = offset;
  r.length = length;
  r.op = op;
  r.job = static_cast<std::uint16_t>(job_);
  if (op == Op::write && verifier_ != nullptr) verifier_->stamp(slot.buffer, offset, length);
  Request& a = slot.account;
  a.op = op;
  a.offset = a.origin = offset;
  a.length = length;
  a.born = at(now);
  queue_.push_back(&slot.io);
}

void JobIo::submit() {
  if (queue_.empty()) return;
  const Time began = queue_.size() == 1 ? slots_[queue_.front()->slot].record.issued : control_.now();
  for (const AioRequest* io : queue_) slots_[io->slot].record.issued = began;
  std::size_t sent = 0;
  for (int tries = 0; sent < queue_.size();) {
    const std::size_t n = driver_->submit({queue_.data() + sent, queue_.size() - sent});
    sent += n;
    in_flight_ += static_cast<std::uint32_t>(n);
    if (n > 0) {
      tries = 0;
    } else if (in_flight_ > 0) {
      reap(1, 1);
    } else if (++tries < kPatience) {
      ++trouble_.busy;
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    } else {
      throw std::system_error(
          EAGAIN, std::generic_category(),
          fmt::format("{} took no I/O for five seconds although none was in flight", info_.name));
    }
  }
  const Time now = info_.synchronous ? began : control_.now();
  account_.call_returned(static_cast<int>(queue_.size()), now - began, at(now));
  for (const AioRequest* io : queue_) accepted(slots_[io->slot], now);
  queue_.clear();
}

/// The call that submitted `slot` has returned; or the I/O has been reaped before that, while the call waited
/// for room.
void JobIo::accepted(Slot& slot, Time now) {
  if (slot.record.submitted != IoRecord::kUnknown) return;
  slot.record.submitted = now;
  if (!info_.synchronous && slot.measured && slot.io.op != Op::flush)
    account_.submitted(slot.account, at(now));
}

std::uint32_t JobIo::reap(std::uint32_t at_least, std::uint32_t most, Time timeout) {
  most = std::min<std::uint32_t>(most, static_cast<std::uint32_t>(reaped_.size()));
  const std::size_t n = driver_->reap({reaped_.data(), most}, std::min(at_least, in_flight_), timeout);
  if (n == 0) return 0;
  const Time now = control_.now();
  account_.reaping(at(now), static_cast<int>(n), Time{0});
  for (std::size_t i = 0; i < n; ++i) completed(*reaped_[i], now);
  in_flight_ -= static_cast<std::uint32_t>(n);
  control_.done.fetch_add(static_cast<std::int64_t>(n), std::memory_order_relaxed);
  // What is in flight was issued after the oldest of it; slots are few, but looking at each would cost per
  // I/O.
  if (now - looked_ > 100ms) {
    looked_ = now;
    Time oldest = now;
    std::vector<bool> idle(slots_.size());
    for (const std::uint32_t f : free_) idle[f] = true;
    for (std::size_t i = 0; i < slots_.size(); ++i)
      if (!idle[i]) oldest = std::min(oldest, slots_[i].record.issued);
    lane_.watermark(oldest);
  }
  return static_cast<std::uint32_t>(n);
}

void JobIo::completed(AioRequest& io, Time now) {
  Slot& slot = slots_[io.slot];
  accepted(slot, now);
  IoRecord& r = slot.record;
  r.result = io.result;
  r.reaped = now;
  r.completed = io.completed == Time{0} ? now : std::clamp(io.completed - control_.zero, r.issued, now);
  const auto done = static_cast<std::uint32_t>(std::max(io.result, 0));
  if (io.result < 0) {
    if (trouble_.failed++ == 0)
      trouble_.first = fmt::format("{} of {} bytes at {}: {}",
                                   io.op == Op::read    ? "read"
                                   : io.op == Op::write ? "write"
                                   : io.op == Op::flush ? "flush"
                                                        : "trim",
                                   io.length, io.offset, std::generic_category().message(-io.result));
  } else if ((io.op == Op::read || io.op == Op::write) && done < io.length) {
    ++trouble_.short_ios;
  }
  if (verifier_ != nullptr && io.op == Op::write && done < io.length)
    verifier_->forget(io.offset, io.length, done);
  if (verifier_ != nullptr && !slot.measured && io.op == Op::read && io.result > 0) {
    const std::string bad =
        verifier_->check(slot.buffer, io.offset, done / Verifier::kUnit * Verifier::kUnit);
    if (!bad.empty() && trouble_.first_bad.empty()) trouble_.first_bad = bad;
  }
  slot.account.error = static_cast<std::uint16_t>(io.result < 0 ? -io.result : 0);
  if (io.op == Op::flush) {
    ++flushes_;
    if (slot.measured) account_.synced(now - r.issued);
  } else if (slot.measured) {
    slot.account.length = done;
    account_.completed(slot.account, nullptr, at(r.submitted), at(now));
  }
  lane_.add(r);
  free_.push_back(io.slot);
}

bool JobIo::overlaps(std::int64_t offset, std::uint32_t length) const {
  std::vector<bool> idle(slots_.size());
  for (const std::uint32_t f : free_) idle[f] = true;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const AioRequest& io = slots_[i].io;
    if (!idle[i] && io.op == Op::write && io.offset < offset + length && offset < io.offset + io.length)
      return true;
  }
  return false;
}

}  // namespace blkpath
