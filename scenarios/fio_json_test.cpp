#include "scenarios/fio_json.hpp"

#include <gtest/gtest.h>

namespace blkpath {
namespace {

using Json = nlohmann::ordered_json;

FioReport two_jobs() {
  FioReport report;
  report.version = "0.1.0";
  report.global_options = {{"ioengine", "libaio"}, {"direct", "1"}};
  for (const char* name : {"first", "second"}) {
    JobSpec spec;
    spec.name = name;
    spec.iodepth = 8;
    spec.options = {{"rw", "randwrite"}, {"iodepth", "8"}};
    JobStats job;
    job.name = name;
    DirStats& write = job.dir[1];
    write.ios = 4;
    write.bytes = 64_KiB;
    write.runtime = 6ms;
    job.job_runtime = 5ms;
    for (const Time t : {Time{100ns}, Time{100ns}, Time{1000ns}, Time{300us}}) {
      write.slat.add(1us);
      write.clat.add(t);
      write.lat.add(t + 1us);
      job.add_lat_class(t);
    }
    write.bw_kib.add(5000);
    write.iops.add(400);
    job.sync_lat.add(1ms);
    job.total_syncs = 1;
    job.depth[3] = 4;
    job.submit[1] = job.submit_calls = 4;
    report.specs.push_back(spec);
    report.jobs.push_back(job);
  }
  return report;
}

/// Every path of a document in order, each with the type that fio's printer gives it: i, f (six decimals), s.
void walk(const Json& value, const std::string& path, std::vector<std::string>& out) {
  if (value.is_structured()) {
    for (const auto& [key, member] : value.items()) walk(member, path + "/" + key, out);
    return;
  }
  out.push_back(path + (value.is_number_float() ? " f" : value.is_number() ? " i" : " s"));
}

std::vector<std::string> under(const char* prefix, std::initializer_list<const char*> keys) {
  std::vector<std::string> out;
  for (const char* key : keys) out.push_back(std::string(prefix) + key);
  return out;
}

void append(std::vector<std::string>& to, const std::vector<std::string>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

std::vector<std::string> latency_keys(const std::string& path, const std::string& percentile = {}) {
  auto keys = under(path.c_str(), {"/min i", "/max i", "/mean f", "/stddev f", "/N i"});
  if (!percentile.empty()) keys.push_back(path + "/percentile/" + percentile + " i");
  return keys;
}

std::vector<std::string> share_keys(const char* path, std::initializer_list<const char*> classes) {
  std::vector<std::string> out;
  for (const char* c : classes) out.push_back(std::string(path) + "/" + c + " f");
  return out;
}

// The list is what fio 3.33 printed for one libaio job in a job file, with percentile_list=99 and fsync.
TEST(FioJson, HasTheKeysOrderAndNumberTypesOfFio) {
  FioReport report = two_jobs();
  report.specs.pop_back();
  report.jobs.pop_back();
  report.specs[0].percentiles = {99};
  std::vector<std::string> expected{
      "/fio version s",          "/timestamp i", "/timestamp_ms i", "/time s", "/global options/ioengine s",
      "/global options/direct s"};
  append(expected, under("/jobs/0", {"/jobname s", "/groupid i", "/error i", "/eta i", "/elapsed i",
                                     "/job options/rw s", "/job options/iodepth s"}));
  for (const std::string dir : {"/jobs/0/read", "/jobs/0/write", "/jobs/0/trim"}) {
    append(expected, under(dir.c_str(), {"/io_bytes i", "/io_kbytes i", "/bw_bytes i", "/bw i", "/iops f",
                                         "/runtime i", "/total_ios i", "/short_ios i", "/drop_ios i"}));
    append(expected, latency_keys(dir + "/slat_ns"));
    append(expected, latency_keys(dir + "/clat_ns", dir == "/jobs/0/write" ? "99.000000" : ""));
    append(expected, latency_keys(dir + "/lat_ns"));
    append(expected, under(dir.c_str(), {"/bw_min i", "/bw_max i", "/bw_agg f", "/bw_mean f", "/bw_dev f",
                                         "/bw_samples i", "/iops_min i", "/iops_max i", "/iops_mean f",
                                         "/iops_stddev f", "/iops_samples i"}));
  }
  append(expected, {"/jobs/0/sync/total_ios i"});
  append(expected, latency_keys("/jobs/0/sync/lat_ns", "99.000000"));
  append(expected,
         under("/jobs/0", {"/job_runtime i", "/usr_cpu f", "/sys_cpu f", "/ctx i", "/majf i", "/minf i"}));
  append(expected, share_keys("/jobs/0/iodepth_level", {"1", "2", "4", "8", "16", "32", ">=64"}));
  append(expected, share_keys("/jobs/0/iodepth_submit", {"0", "4", "8", "16", "32", "64", ">=64"}));
  append(expected, share_keys("/jobs/0/iodepth_complete", {"0", "4", "8", "16", "32", "64", ">=64"}));
  for (const char* unit : {"/jobs/0/latency_ns", "/jobs/0/latency_us"})
    append(expected, share_keys(unit, {"2", "4", "10", "20", "50", "100", "250", "500", "750", "1000"}));
  append(expected, share_keys("/jobs/0/latency_ms", {"2", "4", "10", "20", "50", "100", "250", "500", "750",
                                                     "1000", "2000", ">=2000"}));
  append(expected, under("/jobs/0", {"/latency_depth i", "/latency_target i", "/latency_percentile f",
                                     "/latency_window i"}));
  std::vector<std::string> got;
  const Json document = fio_json(report, false);
  walk(document, "", got);
  EXPECT_EQ(got, expected);
  EXPECT_EQ(document.back(), Json::array());  // disk_util comes last; no disk of the host was used
  EXPECT_TRUE(document.contains("disk_util"));
}

TEST(FioJson, LeavesOutGlobalOptionsThatAreNotThere) {
  FioReport report = two_jobs();
  report.global_options.clear();
  EXPECT_FALSE(fio_json(report, false).contains("global options"));
}

TEST(FioJson, ComputesRatesInIntegersAsFioDoes) {
  FioReport report = two_jobs();
  report.jobs[0].dir[1].bytes = Bytes{8388608};
  report.jobs[0].dir[1].ios = 512;
  const Json write = fio_json(report, false)["jobs"][0]["write"];
  EXPECT_EQ(write["bw_bytes"], 1398101333);
  EXPECT_EQ(write["bw"], 1365333);
  EXPECT_EQ(write["io_kbytes"], 8192);
  EXPECT_EQ(fio_json_text(write["iops"]), "85333.333333\n");
}

TEST(FioJson, PlusAddsTheHitBinsAfterThePercentiles) {
  const Json clat = fio_json(two_jobs(), true)["jobs"][0]["write"]["clat_ns"];
  const Json bins{{"100", 2}, {"1004", 1}, {"301056", 1}};
  EXPECT_EQ(clat["bins"], bins);
  EXPECT_EQ(clat["percentile"]["50.000000"], 100);
  EXPECT_EQ(clat["percentile"]["99.000000"], 301056);
  EXPECT_FALSE(fio_json(two_jobs(), false)["jobs"][0]["write"]["clat_ns"].contains("bins"));
}

TEST(FioJson, GivesPercentilesOnlyOfWhatTheJobAskedFor) {
  FioReport report = two_jobs();
  report.specs[0].clat_percentiles = false;
  report.specs[0].lat_percentiles = true;
  const Json job = fio_json(report, true)["jobs"][0];
  EXPECT_FALSE(job["write"]["clat_ns"].contains("percentile"));
  EXPECT_TRUE(job["write"]["lat_ns"].contains("percentile"));
  EXPECT_TRUE(job["sync"]["lat_ns"].contains("percentile"));
  report.specs[0].lat_percentiles = false;
  EXPECT_FALSE(fio_json(report, true)["jobs"][0]["sync"]["lat_ns"].contains("percentile"));
}

// Seen in fio: 99.95 % of 2000 samples is taken as a hair more than 1999 of them.
TEST(FioJson, RoundsAPercentileThatFallsBetweenSamplesUp) {
  FioReport report = two_jobs();
  LatencyStat& clat = report.jobs[0].dir[1].clat;
  clat = LatencyStat{};
  for (int i = 0; i < 1999; ++i) clat.add(10ns);
  clat.add(20ns);
  report.specs[0].percentiles = {30, 60, 99.95};
  const Json list = fio_json(report, false)["jobs"][0]["write"]["clat_ns"]["percentile"];
  EXPECT_EQ(list["99.950000"], 20);
  EXPECT_EQ(list["30.000000"], 10);
}

TEST(FioJson, KeepsTheDeviationOfLongLatenciesThatLieClose) {
  LatencyStat lat;
  for (const Time extra : {0ns, 2ns, 4ns}) lat.add(2549s + extra);
  EXPECT_DOUBLE_EQ(lat.stddev_ns(), 2.0);
}

TEST(FioJson, GroupReportingKeepsTheFirstNameAndTheLastOptions) {
  FioReport report = two_jobs();
  for (JobSpec& spec : report.specs) spec.group_reporting = true;
  report.specs[1].options = {{"rw", "read"}};
  report.specs[1].iodepth = 3;
  const Json jobs = fio_json(report, false)["jobs"];
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs[0]["jobname"], "first");
  EXPECT_EQ(jobs[0]["job options"], (Json{{"rw", "read"}}));
  EXPECT_EQ(jobs[0]["latency_depth"], 3);
  EXPECT_EQ(jobs[0]["job_runtime"], 10);  // fio adds them up
  EXPECT_EQ(jobs[0]["write"]["runtime"], 6);
  EXPECT_EQ(jobs[0]["write"]["bw_mean"], 10000.0);
}

TEST(FioJson, TakesTheMeanBandwidthAsAnIntegerInBwAgg) {
  FioReport report = two_jobs();
  report.specs.pop_back();
  report.jobs.pop_back();
  DirStats& write = report.jobs[0].dir[1];
  write.bytes = Bytes{61440};
  write.runtime = 510ms;
  write.bw_kib = Moments{};
  write.bw_kib.add(112);
  write.bw_kib.add(113);
  EXPECT_NEAR(fio_json(report, false)["jobs"][0]["write"]["bw_agg"].get<double>(), 95.200465, 1e-6);
}

TEST(FioJson, PrintsInFiosLayout) {
  Json document;
  document["fio version"] = "blkpath-0.1.0";
  document["util"] = 0.0;
  document["list"] = Json::array({Json{{"n\"", 1}}});
  document["blkpath"]["seed"] = 7u;
  document["blkpath"]["exact"] = true;
  EXPECT_EQ(fio_json_text(document),
            "{\n"
            "  \"fio version\" : \"blkpath-0.1.0\",\n"
            "  \"util\" : 0.000000,\n"
            "  \"list\" : [\n"
            "    {\n"
            "      \"n\\\"\" : 1\n"
            "    }\n"
            "  ],\n"
            "  \"blkpath\" : {\n"
            "    \"seed\" : 7,\n"
            "    \"exact\" : true\n"
            "  }\n"
            "}\n");
}

TEST(FioJson, PrintsTheSameBytesEachTimeAndTheyParse) {
  const std::string text = fio_json_text(fio_json(two_jobs(), true));
  EXPECT_EQ(text, fio_json_text(fio_json(two_jobs(), true)));
  EXPECT_EQ(Json::parse(text)["time"], "Thu Jan  1 00:00:00 1970");
}

}  // namespace
}  // namespace blkpath
