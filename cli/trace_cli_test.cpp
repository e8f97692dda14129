#include <sys/stat.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "cli/test/program.hpp"

namespace blkpath {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// Four I/Os, 100 ms apart; disk 0 is read sequentially. Microseconds of response: 500, 600, 700, 800.
constexpr const char* kTrace =
    "128166372000000000,usr,0,Read,0,4096,5000\n"
    "128166372001000000,usr,0,Read,4096,4096,6000\n"
    "128166372002000000,usr,1,Write,1048576,8192,7000\n"
    "128166372003000000,usr,0,Read,8192,4096,8000\n";

class Trace : public Program {
 protected:
  Trace() { folder_.write("t.csv", kTrace); }
  nlohmann::json info(std::vector<std::string> args) const {
    args.insert(args.begin(), {"trace", "info", "--json"});
    const Outcome o = run(args);
    EXPECT_EQ(o.status, 0) << o.err;
    return nlohmann::json::parse(o.out)["traces"];
  }
};

TEST_F(Trace, InfoCounts) {
  const auto all = info({"t.csv"});
  ASSERT_EQ(all.size(), 1u);
  const auto& t = all[0];
  EXPECT_EQ(t["format"], "msr");
  EXPECT_EQ(t["count"], 4);
  EXPECT_EQ(t["duration_ns"], 300'800'000);
  EXPECT_EQ(t["ops"]["read"]["bytes"], 3 * 4096);
  EXPECT_EQ(t["ops"]["write"]["max_size_bytes"], 8192);
  EXPECT_EQ(t["addresses"]["sequential_share"], 0.5);
  EXPECT_EQ(t["addresses"]["working_set"]["touched"]["blocks"], 5);
  EXPECT_EQ(t["latencies"]["read total"]["max_ns"], 800'000);
  EXPECT_EQ(t["devices"].size(), 2u);
}

TEST_F(Trace, InfoFilters) {
  EXPECT_EQ(info({"t.csv", "--device", "0", "--from", "100ms", "--until", "300ms"})[0]["count"], 1);
  EXPECT_EQ(info({"t.csv", "--offset", "1MiB.."})[0]["count"], 1);
}

TEST_F(Trace, InfoDrawsUnlessToldNotTo) {
  EXPECT_THAT(run({"trace", "info", "t.csv"}).out,
              AllOf(HasSubstr("\u2588"), HasSubstr("Offset over time, device 0")));
  EXPECT_THAT(run({"trace", "info", "t.csv", "--ascii"}).out,
              AllOf(HasSubstr("##"), Not(HasSubstr("\u2588"))));
  EXPECT_THAT(run({"trace", "info", "t.csv", "--no-plot"}).out, Not(HasSubstr("Offset over time")));
}

TEST_F(Trace, CatPrintsColumns) {
  const Outcome o = run({"trace", "cat", "t.csv", "--op", "write"});
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out, StartsWith("#       issued s"));
  std::stringstream line(o.out.substr(o.out.find('\n')));
  std::vector<std::string> words;
  for (std::string word; line >> word;) words.push_back(word);
  EXPECT_THAT(words,
              ElementsAre("0.200000000", "1", "0", "write", "1048576", "8192", "-", "-", "700.000", "-"));
}

TEST_F(Trace, CatToAFormatIsThatFormat) {
  EXPECT_EQ(run({"trace", "cat", "t.csv", "--to", "msr", "--limit", "1"}).out,
            "128166372000000000,blkpath,0,Read,0,4096,5000\n");
}

TEST_F(Trace, ConvertKeepsWhatTheFormatsShare) {
  ASSERT_EQ(run({"trace", "convert", "t.csv", "t.blkpath"}).status, 0);
  const Outcome o = run({"trace", "convert", "t.blkpath", "back.csv.gz", "--to", "msr", "--op", "write",
                         "--shift-time-to-zero", "--remap-device", "7"});
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out + o.err, IsEmpty());
  EXPECT_EQ(read_whole(folder_.path("back.csv.gz")).substr(0, 2), "\x1f\x8b");
  EXPECT_EQ(run({"trace", "cat", "back.csv.gz", "--to", "msr"}).out,
            "128166372002000000,blkpath,7,Write,1048576,8192,7000\n");
}

// A read that was submitted and done, a flush, a trim.
constexpr const char* kOps =
    "issued_ns,op,offset_bytes,length_bytes,submitted_ns,completed_ns\n"
    "0,read,0,4096,100,900\n1000,flush,,0,,\n2000,trim,0,4096,,\n";

TEST_F(Trace, ConvertNamesWhatTheFormatCannotSay) {
  folder_.write("ops.csv", kOps);
  const Outcome o = run({"trace", "convert", "ops.csv", "ops.msr", "--to", "msr"});
  EXPECT_EQ(o.status, 0);
  EXPECT_EQ(o.err,
            "blkpath: left out, because msr has no word for them: 1 flush, 1 trim, of 3 records\n"
            "blkpath: not held by msr, and lost: submitted\n");
  EXPECT_THAT(run({"trace", "convert", "ops.csv", "ops.blktrace"}).err, IsEmpty());
}

TEST_F(Trace, ConvertTellsProgramsWhatTheFormatCannotSay) {
  folder_.write("ops.csv", kOps);
  const auto j = nlohmann::json::parse(run({"trace", "convert", "ops.csv", "ops.spc", "--json"}).out);
  EXPECT_EQ(j["format"], "spc");
  EXPECT_EQ(j["records"], 3);
  EXPECT_EQ(j["written"], 1);
  EXPECT_EQ(j["left_out"], (nlohmann::json{{"flush", 1}, {"trim", 1}}));
  EXPECT_EQ(j["lost_fields"], (nlohmann::json{"submitted", "completed"}));
  expect_refused({"trace", "convert", "ops.csv", "-", "--json"}, "--json: the trace takes standard output");
}

TEST_F(Trace, CatNamesWhatTheFormatCannotSay) {
  folder_.write("ops.csv", kOps);
  EXPECT_THAT(run({"trace", "cat", "ops.csv", "--to", "alibaba"}).err,
              HasSubstr("1 flush, 1 trim, of 3 records"));
}

TEST_F(Trace, ConvertSortsWhenAsked) {
  folder_.write("late.csv",
                "issued_ns,op,offset_bytes,length_bytes\n2000,read,2,1\n3000,read,3,1\n1000,read,1,1\n");
  const std::vector<std::string> convert{"trace", "convert", "late.csv", "x.iolog"};
  expect_refused(convert,
                 "record 3 was issued before the one in front of it (--sort puts the trace in order)");
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), convert.begin(), convert.end());
    return more;
  };
  expect_refused(with({"--sort-window", "1"}), "for example '--sort-window 1000'");
  EXPECT_EQ(run(with({"--sort"})).status, 0);
  EXPECT_EQ(read_whole(folder_.path("x.iolog")),
            "fio version 3 iolog\n2 device0 add\n2 device0 open\n2 device0 read 1 1\n3 device0 read 2 1\n"
            "4 device0 read 3 1\n4 device0 close\n");
  EXPECT_EQ(run(with({"--sort-window", "2", "--force"})).status, 0);
}

TEST_F(Trace, ConvertReplacesOnlyWhenForced) {
  expect_refused({"trace", "convert", "t.csv", "t.csv", "--op", "write"},
                 "OUT: 't.csv' exists; --force replaces it");
  EXPECT_EQ(run({"trace", "convert", "t.csv", "t.csv", "--to", "msr", "--op", "write", "--force"}).status, 0);
  EXPECT_EQ(info({"t.csv"})[0]["count"], 1);
}

/// So long that some of it is written before its end is read.
std::string long_trace() {
  std::string all;
  for (int i = 0; i < 2000; ++i) all += kTrace;
  return all;
}

TEST_F(Trace, AnErrorLeavesNothingHalfWritten) {
  folder_.write("bad.csv", long_trace() + "x\n");
  expect_refused({"trace", "convert", "bad.csv", "out.blkpath"}, "bad.csv:8001: ");
  EXPECT_EQ(run({"trace", "convert", "bad.csv", "out.blkpath", "--skip-bad", "1"}).status, 0);
}

TEST_F(Trace, CtrlCLeavesNothingHalfWritten) {
  signal(SIGPIPE, SIG_IGN);  // it may end before it has read all
  ASSERT_EQ(mkfifo(folder_.path("in").c_str(), 0600), 0);
  const std::vector<std::string> before = files();
  const pid_t pid = start({"trace", "convert", "in", "out.blkpath", "--format", "msr"});
  std::ofstream in(folder_.path("in"));
  in << long_trace() << std::flush;
  wait_for_handler(pid);
  kill(pid, SIGINT);
  in << long_trace();
  in.close();
  const Outcome o = finish(pid);
  EXPECT_EQ(o.status, 130);
  EXPECT_THAT(o.err, HasSubstr("interrupted; 'out.blkpath' was not written"));
  EXPECT_EQ(files(), before);
}

TEST_F(Trace, CtrlCEndsTheWaitForASilentPipe) {
  signal(SIGPIPE, SIG_IGN);
  ASSERT_EQ(mkfifo(folder_.path("in").c_str(), 0600), 0);
  const std::vector<std::string> before = files();
  const std::vector<std::vector<std::string>> commands{
      {"trace", "info", "in"}, {"trace", "cat", "in"}, {"trace", "convert", "in", "out.blkpath"}};
  // No writer has come yet; one has, and is silent; one has stopped in the middle.
  for (const std::string& written : {std::string("none"), std::string(), long_trace()})
    for (const std::vector<std::string>& args : commands) {
      const pid_t pid = start(args);
      wait_for_handler(pid);
      std::ofstream in;
      if (written != "none") {
        in.open(folder_.path("in"));
        in << written << std::flush;
      }
      usleep(50'000);
      kill(pid, SIGINT);
      const auto asked = std::chrono::steady_clock::now();
      EXPECT_EQ(finish(pid).status, 130) << args[1] << " after " << written.size() << " bytes";
      EXPECT_LT(std::chrono::steady_clock::now() - asked, std::chrono::seconds(5));
      EXPECT_EQ(files(), before);
    }
}

TEST_F(Trace, AClosedPipeEndsItQuietly) {
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{{"trace", "cat", "t.csv"},
                                             {"trace", "cat", "t.csv", "--to", "msr"},
                                             {"trace", "convert", "t.csv", "-"},
                                             {"trace", "info", "t.csv"},
                                             {"trace", "formats"}}) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    close(ends[0]);
    const pid_t pid = start(args, ends[1]);
    close(ends[1]);
    const Outcome o = finish(pid);
    EXPECT_EQ(o.status, 141) << args[1];
    EXPECT_THAT(o.err, IsEmpty());
  }
}

TEST_F(Trace, WrongInputShowsAGoodExample) {
  expect_refused({"trace"},
                 "trace: needs one of info, convert, cat, formats, for example 'blkpath trace info ");
  expect_refused({"trace", "inof"}, "trace: there is no 'inof'. Did you mean 'info'?");
  expect_refused({"trace", "info"}, "trace info: FILE is required, for example 'blkpath trace info ");
  expect_refused({"trace", "convert", "t.csv"},
                 "trace convert: OUT is required, for example 'blkpath trace convert");
  expect_refused({"trace", "info", "gone"}, "cannot read 'gone': No such file or directory");
  expect_refused({"trace", "info", "t.csv", "--format", "mrs"},
                 "there is no trace format 'mrs'. Did you mean 'msr'?");
  expect_refused({"trace", "cat", "t.csv", "--from", "5"},
                 "--from: '5' needs a number and a unit, for example '40us'");
  expect_refused({"trace", "cat", "t.csv", "--op", "raed"},
                 "--op: 'raed' is none of read, write, flush, trim");
  expect_refused({"trace", "cat", "t.csv", "--offset", "5"}, "'5' is no range, give for example '0B..10GiB'");
  expect_refused({"trace", "cat", "t.csv", "--limit", "-1"},
                 "--limit: '-1' is not a whole number from 0 to ");
  expect_refused({"trace", "cat", "t.csv", "--limt", "1"}, "Did you mean '--limit'?");
  expect_refused({"trace", "convert", "t.csv", "gone/x.csv"}, "OUT: cannot write 'gone/x.csv': No such file");
}

TEST_F(Trace, FormatsLists) {
  EXPECT_THAT(run({"trace", "formats"}).out, HasSubstr("msr                read, write MSR Cambridge CSV"));
  const auto j = nlohmann::json::parse(run({"trace", "formats", "--json"}).out)["formats"];
  const auto spc = std::find_if(j.begin(), j.end(), [](const auto& f) { return f["name"] == "spc"; });
  ASSERT_NE(spc, j.end());
  EXPECT_EQ((*spc)["holds"], nlohmann::json::array({"device"}));
}

TEST_F(Trace, HelpHasExamples) {
  for (const char* command : {"info", "convert", "cat", "formats"})
    EXPECT_THAT(run({"trace", command, "--help"}).out,
                AllOf(HasSubstr("Examples:"), HasSubstr(std::string("blkpath trace ") + command)));
}

}  // namespace
}  // namespace blkpath
