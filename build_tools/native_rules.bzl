"""Gives the rules that Bazel up to version 7 has built in the names of today.

BUILD files load rules_cc and rules_python, which newer versions of Bazel need and
fetch (MODULE.bazel). Older ones get them from here (WORKSPACE), without a download.
"""

_PYTHON = """
load("@bazel_tools//tools/python:toolchain.bzl", _py_runtime_pair = "py_runtime_pair")

py_runtime_pair = _py_runtime_pair
"""

def _native_rules(context):
    lines = ["{0} = native.{0}".format(rule) for rule in context.attr.rules]
    context.file("BUILD", "")
    context.file(context.attr.folder + "/BUILD", "")
    context.file(context.attr.folder + "/defs.bzl", "\n".join(lines) + "\n")
    if context.attr.folder == "python":
        context.file("python/py_runtime_pair.bzl", _PYTHON)

native_rules = repository_rule(
    implementation = _native_rules,
    attrs = {
        "folder": attr.string(mandatory = True, doc = "The package of defs.bzl."),
        "rules": attr.string_list(mandatory = True, doc = "The rules it re-exports."),
    },
    doc = "A repository whose defs.bzl re-exports built-in rules.",
)

def _empty_repository(context):
    lines = ["package(default_visibility = [\"//visibility:public\"])"]
    lines += ["filegroup(name = \"%s\")" % name for name in context.attr.targets]
    context.file("BUILD", "\n".join(lines) + "\n")

empty_repository = repository_rule(
    implementation = _empty_repository,
    attrs = {"targets": attr.string_list(mandatory = True)},
    doc = "A repository of targets without files.",
)
