// The Linux kernel's own block trace: struct blk_io_trace of linux/blktrace_api.h, each followed by pdu_len
// bytes, in the byte order of the machine that recorded it. A file is what blktrace wrote for one processor
// (NAME.blktrace.N: a request that another processor completed has no end in it) or, with all of them in the
// order of time, what `blkparse -i NAME -d FILE` wrote. Time zero is the first event, as in blkparse.
#include <fmt/format.h>
#include <linux/blktrace_api.h>

#include <array>
#include <cstring>
#include <limits>
#include <optional>

#include "model/core/error.hpp"
#include "traces/blk_pairing.hpp"
#include "traces/blk_unpairing.hpp"
#include "traces/checked.hpp"

namespace blkpath {
namespace {

constexpr std::uint32_t kVersionMask = 0xff;
constexpr std::uint32_t kMagic = BLK_IO_TRACE_MAGIC | BLK_IO_TRACE_VERSION;

template <class Int>
Int swapped(Int value, bool swap) {
  if (!swap) return value;
  if constexpr (sizeof(Int) == 2) return __builtin_bswap16(value);
  if constexpr (sizeof(Int) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(Int) == 8) return __builtin_bswap64(value);
}

std::uint32_t magic_of(std::string_view head) {
  std::uint32_t magic = 0;
  if (head.size() >= sizeof magic) std::memcpy(&magic, head.data(), sizeof magic);
  return magic;
}

bool is_magic(std::uint32_t magic) { return (magic & ~kVersionMask) == BLK_IO_TRACE_MAGIC; }

/// The actions of enum blktrace_act that pairing needs.
std::optional<BlkAction> action_of(std::uint32_t action) {
  switch (action & 0xffff & ~static_cast<std::uint32_t>(__BLK_TA_CGROUP)) {
    case __BLK_TA_QUEUE:
      return BlkAction::queue;
    case __BLK_TA_BACKMERGE:
      return BlkAction::back_merge;
    case __BLK_TA_FRONTMERGE:
      return BlkAction::front_merge;
    case __BLK_TA_GETRQ:
      return BlkAction::get;
    case __BLK_TA_REQUEUE:
      return BlkAction::requeue;
    case __BLK_TA_ISSUE:
      return BlkAction::issue;
    case __BLK_TA_COMPLETE:
      return BlkAction::complete;
    case __BLK_TA_INSERT:
      return BlkAction::insert;
    default:
      return std::nullopt;
  }
}

class BlktraceReader final : public BlkEventReader {
 public:
  BlktraceReader(std::unique_ptr<ByteInput> in, const ReadOptions& options)
      : BlkEventReader(options), in_(std::move(in)) {
    meta_.format = "blktrace";
  }

 protected:
  bool next_event(BlkEvent& event) override {
    blk_io_trace t;
    while (next_trace(t)) {
      const std::uint32_t category = t.action >> BLK_TC_SHIFT;
      if ((category & BLK_TC_NOTIFY) != 0) {
        if ((t.action & ~static_cast<std::uint32_t>(__BLK_TN_CGROUP)) == BLK_TN_TIMESTAMP) note_clock(t);
        continue;
      }
      note_zero(t);
      const std::optional<BlkAction> action = action_of(t.action);
      if (!action) continue;
      if ((category & BLK_TC_PC) != 0) {
        if (*action == BlkAction::complete) leave_out_command();
        continue;
      }
      event.action = *action;
      if (fill(t, category, event)) return true;
    }
    return false;
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw ConfigError({in_->name(), 0}, "", fmt::format("at byte {}: {}", position_, problem));
  }

  /// The next struct, in this machine's byte order, and what follows it in pdu_.
  bool next_trace(blk_io_trace& t) {
    position_ = next_;
    const std::string_view head = in_->peek(sizeof t);
    if (head.empty()) return false;
    if (head.size() < sizeof t) return truncated();
    std::memcpy(&t, head.data(), sizeof t);
    const bool swap = is_magic(__builtin_bswap32(t.magic));
    t.magic = swapped(t.magic, swap);
    if (!is_magic(t.magic))
      fail(fmt::format("{:#010x} is no event of blktrace, which begins with {:#010x}", t.magic, kMagic));
    if (t.magic != kMagic)
      fail(fmt::format("{:#010x} is version {} of the format; what can be read is version {}", t.magic,
                       t.magic & kVersionMask, BLK_IO_TRACE_VERSION));
    t.time = swapped(t.time, swap);
    t.sector = swapped(t.sector, swap);
    t.bytes = swapped(t.bytes, swap);
    t.action = swapped(t.action, swap);
    t.device = swapped(t.device, swap);
    t.cpu = swapped(t.cpu, swap);
    t.error = swapped(t.error, swap);
    t.pdu_len = swapped(t.pdu_len, swap);
    const std::string_view all = in_->peek(sizeof t + t.pdu_len);
    if (all.size() < sizeof t + t.pdu_len) return truncated();
    if (t.pdu_len >= sizeof clock_) {
      std::memcpy(&clock_, all.data() + all.size() - sizeof clock_, sizeof clock_);
      for (std::uint32_t& part : clock_) part = swapped(part, swap);
    }
    in_->skip(all.size());
    next_ += all.size();
    return true;
  }

  bool truncated() {
    if (may_skip()) return false;
    fail("the file ends within an event; it was cut off");
  }

  void note_clock(const blk_io_trace& t) {
    if (t.pdu_len < sizeof clock_ || t.time > static_cast<std::uint64_t>(kBlkLatest.count())) return;
    wall_minus_time_ = clock_[0] * kSecond + clock_[1] - static_cast<std::int64_t>(t.time);
  }

  void note_zero(const blk_io_trace& t) {
    if (t.time > static_cast<std::uint64_t>(kBlkLatest.count()))
      fail(fmt::format("{} ns is no time since the machine's start", t.time));
    if (zero_) return;
    zero_ = static_cast<std::int64_t>(t.time);
    if (wall_minus_time_) meta_.epoch_ns = *wall_minus_time_ + *zero_;
  }

  /// @return false when it is no I/O
  bool fill(const blk_io_trace& t, std::uint32_t category, BlkEvent& event) const {
    constexpr std::uint64_t kMostSectors = std::uint64_t{1} << 54;  // a device's bytes fit in 63 bits
    if (t.bytes != 0 && t.sector > kMostSectors - t.bytes / kSectorSize.n - 1)
      fail(fmt::format("sector {} is past any device", t.sector));
    event.time = Time{static_cast<std::int64_t>(t.time) - *zero_};
    event.bytes = t.bytes;
    event.offset = t.bytes == 0 ? 0 : static_cast<std::int64_t>(t.sector) * kSectorSize.n;
    event.device = t.device;
    event.cpu = static_cast<std::uint16_t>(t.cpu);
    const int error = static_cast<std::int16_t>(t.error);  // minus errno, as the kernel has it
    event.error =
        event.action == BlkAction::complete ? static_cast<std::uint16_t>(error < 0 ? -error : error) : 0;
    const auto has = [category](blktrace_cat bit) { return (category & bit) != 0; };
    const char direction = has(BLK_TC_DISCARD) ? 'D' : has(BLK_TC_WRITE) ? 'W' : 'R';
    return BlkRwbs{.preflush = has(BLK_TC_FLUSH),
                   .direction = direction,
                   .fua = has(BLK_TC_FUA),
                   .ahead = has(BLK_TC_AHEAD),
                   .meta = has(BLK_TC_META)}
        .classify(event);
  }

  std::unique_ptr<ByteInput> in_;
  std::uint64_t position_ = 0, next_ = 0;  ///< bytes before this event, and before the next
  std::array<std::uint32_t, 2>
      clock_{};  ///< the last bytes of a pdu: seconds and nanoseconds, if it is a time stamp
  std::optional<std::int64_t> wall_minus_time_, zero_;
};

class BlktraceWriter final : public BlkEventWriter {
 public:
  BlktraceWriter(std::unique_ptr<ByteOutput> out, const WriteOptions& options)
      : BlkEventWriter(std::move(out), "blktrace") {
    const std::int64_t epoch = options.meta.epoch_ns;
    if (epoch <= 0 || epoch / kSecond > std::numeric_limits<std::uint32_t>::max()) return;
    const std::array<std::uint32_t, 2> clock{static_cast<std::uint32_t>(epoch / kSecond),
                                             static_cast<std::uint32_t>(epoch % kSecond)};
    blk_io_trace t{};
    t.magic = kMagic;
    t.action = BLK_TN_TIMESTAMP;
    t.pdu_len = sizeof clock;
    append(t, buffer_);
    buffer_.append(reinterpret_cast<const char*>(clock.data()), sizeof clock);
  }

 protected:
  void put(const BlkEvent& e, std::uint32_t sequence, std::string& to) override {
    blk_io_trace t{};
    t.magic = kMagic;
    t.sequence = sequence;
    t.time = static_cast<std::uint64_t>(e.time.count());
    t.sector = static_cast<std::uint64_t>(e.offset / kSectorSize.n);
    t.bytes = e.bytes;
    t.action = action_word(e);
    t.device = e.device;
    t.cpu = e.cpu;
    t.error = static_cast<std::uint16_t>(-e.error);
    append(t, to);
  }

 private:
  static void append(const blk_io_trace& t, std::string& to) {
    to.append(reinterpret_cast<const char*>(&t), sizeof t);
  }

  static std::uint32_t action_word(const BlkEvent& e) {
    std::uint32_t category = 0;
    switch (e.op) {
      case Op::read:
        category = BLK_TC_READ;
        break;
      case Op::write:
        category = BLK_TC_WRITE;
        break;
      case Op::flush:
        category = BLK_TC_FLUSH;
        break;
      case Op::trim:
        category = BLK_TC_WRITE | BLK_TC_DISCARD;
        break;
    }
    if ((e.flags & IoRecord::kFua) != 0) category |= BLK_TC_FUA;
    if ((e.flags & IoRecord::kMeta) != 0) category |= BLK_TC_META;
    if ((e.flags & IoRecord::kReadAhead) != 0) category |= BLK_TC_AHEAD;
    const auto word = [&category](std::uint32_t act, blktrace_cat of) {
      return act | (category | static_cast<std::uint32_t>(of)) << BLK_TC_SHIFT;
    };
    switch (e.action) {
      case BlkAction::queue:
        return word(__BLK_TA_QUEUE, BLK_TC_QUEUE);
      case BlkAction::get:
        return word(__BLK_TA_GETRQ, BLK_TC_QUEUE);
      case BlkAction::insert:
        return word(__BLK_TA_INSERT, BLK_TC_QUEUE);
      case BlkAction::back_merge:
        return word(__BLK_TA_BACKMERGE, BLK_TC_QUEUE);
      case BlkAction::front_merge:
        return word(__BLK_TA_FRONTMERGE, BLK_TC_QUEUE);
      case BlkAction::issue:
        return word(__BLK_TA_ISSUE, BLK_TC_ISSUE);
      case BlkAction::complete:
        return word(__BLK_TA_COMPLETE, BLK_TC_COMPLETE);
      case BlkAction::requeue:
        return word(__BLK_TA_REQUEUE, BLK_TC_REQUEUE);
    }
    return 0;
  }
};

int recognise(std::string_view head, std::string_view file_name) {
  if (head.empty()) return file_name.find(".blktrace") != std::string_view::npos ? 90 : 0;
  const std::uint32_t magic = magic_of(head);
  return is_magic(magic) || is_magic(__builtin_bswap32(magic)) ? 100 : 0;
}

const RegisteredFormat registered{
    {"blktrace", "Linux block layer events as the kernel's blktrace records them", "", kBlkFields, recognise,
     make_reader<BlktraceReader>, make_writer<BlktraceWriter>}};

}  // namespace
}  // namespace blkpath
