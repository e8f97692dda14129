// fio's iologs (fio manual, "Trace file format v2" and "v3"), as --write_iolog writes and --read_iolog
// replays them. The first line is "fio version 3 iolog" or the same with 2; each other line is an action on a
// file,
//   timestamp filename add|open|close
//   timestamp filename read|write|sync|datasync|trim offset length
// Version 2 has no timestamps, but waits between the actions: `filename wait offset length`.
//
// The timestamp is in microseconds: the manual gives no unit; fio 3.33 writes and replays microseconds. A
// wait is read and written as the manual has it: `offset` is in microseconds from the previous wait. fio 3.33
// itself waits until `offset` milliseconds after its own start (fio issue 1568), so version 3 is the one for
// replays that keep time.
//
// Files become device numbers in the order of their first line; devices are written as files device0,
// device1, ..., which --replay_redirect maps to a real one. Both kinds of sync become flushes. There are no
// completions.
#include <map>
#include <set>

#include "traces/line_format.hpp"

namespace blkpath {
namespace {

constexpr std::string_view kHeader2 = "fio version 2 iolog", kHeader3 = "fio version 3 iolog";
constexpr const char* kExample = "701 /dev/sdb read 4096 16384";

class IologReader final : public LineTraceReader {
 public:
  IologReader(std::unique_ptr<ByteInput> in, const ReadOptions& options)
      : LineTraceReader(std::move(in), options, kExample) {
    meta_.format = "fio-iolog";
  }

 protected:
  bool parse(std::string_view line, IoRecord& r) override {
    if (first_line()) {
      stamped_ = line == kHeader3;
      if (!stamped_ && line != kHeader2) fail(fmt::format("a first line '{}' or '{}'", kHeader3, kHeader2));
      return false;
    }
    Fields fields(line, ' ');
    if (fields.done()) return false;
    std::int64_t stamp = 0;
    if (stamped_) stamp = from_zero(fields.number<std::int64_t>("a time stamp in us"), "a time stamp");
    r.device = device(fields.text("a file"));
    const std::string_view action = fields.text("an action");
    if (action == "add" || action == "open" || action == "close") {
      fields.end();
      return false;
    }
    if (action == "wait") {
      wait(fields);
      return false;
    }
    r.op = op_of(action);
    const auto offset = from_zero(fields.number<std::int64_t>("an offset in bytes"), "an offset");
    const auto length = fields.number<std::uint32_t>("a length in bytes");
    fields.end();
    if (r.op != Op::flush) {
      r.offset = offset;
      r.length = length;
    }
    r.issued = since_first(stamped_ ? times(stamp, kMicro, "a time stamp in us") : clock_.count());
    return true;
  }

 private:
  static Op op_of(std::string_view action) {
    if (action == "read") return Op::read;
    if (action == "write") return Op::write;
    if (action == "trim") return Op::trim;
    if (action == "sync" || action == "datasync") return Op::flush;
    throw BadLine(
        fmt::format("an action read, write, sync, datasync, trim, add, open or close, not '{:.60}'", action));
  }

  void wait(Fields& fields) {
    if (stamped_) throw BadLine("no wait in version 3, which has time stamps");
    const auto us = from_zero(fields.number<std::int64_t>("a wait in us"), "a wait");
    if (!fields.done())
      fields.number<std::int64_t>("a length");  // says nothing; fio wants it, its manual does not
    fields.end();
    clock_ = plus(clock_, Time{times(us, kMicro, "a wait in us")}, "the sum of the waits");
  }

  std::uint32_t device(std::string_view file) {
    constexpr std::size_t kMostFiles = 1 << 16;
    if (last_ != files_.end() && last_->first == file) return last_->second;
    last_ = files_.find(file);
    if (last_ == files_.end()) {
      if (files_.size() == kMostFiles) fail(fmt::format("at most {} files", kMostFiles));
      last_ = files_.emplace(file, static_cast<std::uint32_t>(files_.size())).first;
      constexpr std::size_t kMostNotes = 16;
      if (files_.size() <= kMostNotes)
        meta_.notes.push_back(fmt::format("device {} is {}", last_->second, file));
    }
    return last_->second;
  }

  bool stamped_ = false;
  Time clock_{0};  ///< the sum of version 2's waits
  std::map<std::string, std::uint32_t, std::less<>> files_;
  std::map<std::string, std::uint32_t, std::less<>>::const_iterator last_ = files_.end();
};

template <int version>
class IologWriter final : public LineTraceWriter {
 public:
  IologWriter(std::unique_ptr<ByteOutput> out, const WriteOptions&)
      : LineTraceWriter(std::move(out), version == 3 ? "fio-iolog" : "fio-iolog2",
                        fmt::format("{}\n", version == 3 ? kHeader3 : kHeader2)) {}

 protected:
  bool line(const IoRecord& r, fmt::memory_buffer& out) override {
    const std::int64_t us = stamp_ns(r.issued) / kMicro;
    if (us < us_)
      throw BadRecord("was issued before the one in front of it (--sort puts the trace in order)");
    const std::int64_t offset = r.op == Op::flush ? 0 : known_offset(r);
    if (version == 2 && us > us_) action(out, r.device, fmt::format("wait {} 0", us - us_));
    us_ = us;
    if (opened_.insert(r.device).second) {
      action(out, r.device, "add");
      action(out, r.device, "open");
    }
    stamp(out);
    fmt::format_to(std::back_inserter(out), "device{} {} {} {}\n", r.device, word_of(r.op), offset,
                   r.op == Op::flush ? 0 : r.length);
    return true;
  }
  void last(fmt::memory_buffer& out) override {
    for (const std::uint32_t device : opened_) action(out, device, "close");
  }

 private:
  static const char* word_of(Op op) {
    switch (op) {
      case Op::read:
        return "read";
      case Op::write:
        return "write";
      case Op::trim:
        return "trim";
      case Op::flush:
        break;
    }
    return "sync";
  }
  /// From 1 up: fio 3.33 takes a stamp of 0 for none, and loses the delay after it.
  void stamp(fmt::memory_buffer& out) const {
    if (version == 3) fmt::format_to(std::back_inserter(out), "{} ", us_ + 1);
  }
  void action(fmt::memory_buffer& out, std::uint32_t device, std::string_view what) const {
    stamp(out);
    fmt::format_to(std::back_inserter(out), "device{} {}\n", device, what);
  }

  std::int64_t us_ = 0;  ///< of the record before, or of the last wait
  std::set<std::uint32_t> opened_;
};

int recognise(std::string_view head, std::string_view file_name) {
  if (head.empty()) return file_name.ends_with(".iolog") ? 90 : 0;
  return head.starts_with(kHeader3) || head.starts_with(kHeader2) ? 100 : 0;
}

const RegisteredFormat registered{
    {"fio-iolog", "fio iolog, reads versions 2 and 3, writes 3: time in us, file, action", kExample,
     record_field::device, recognise, make_reader<IologReader>, make_writer<IologWriter<3>>}};
const RegisteredFormat registered2{{"fio-iolog2", "fio iolog, writes version 2: waits in us, file, action",
                                    "/dev/sdb read 4096 16384", record_field::device,
                                    [](std::string_view, std::string_view) { return 0; },
                                    make_reader<IologReader>, make_writer<IologWriter<2>>}};

}  // namespace
}  // namespace blkpath
