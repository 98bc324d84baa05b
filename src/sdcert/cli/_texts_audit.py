"""The words of ``sdcert audit``; :func:`sdcert.cli._texts.say` says them."""

from __future__ import annotations

from typing import Final

__all__ = ["AUDIT"]

AUDIT: Final[dict[str, tuple[str, str]]] = {
    "needs-codes": (
        "{option} compares with what the code tables say: name them with --codes",
        "{option}须与代码表比较：请用--codes指定代码表",
    ),
    "both-issued": (
        "--issued and --db both say what was issued: give one of them",
        "--issued与--db均表示已发编号，只能指定其一",
    ),
    "issued-columns": (
        "{name} must have the columns year, region_code, series_code and last (or, in Chinese, "
        "{chinese}); it has: {columns}",
        "{name}须有{chinese}四列（或year、region_code、series_code、last），现有：{columns}",
    ),
    "audit-format": (
        "an audit writes no page ({name}): let its name end with .csv, .xlsx, .jsonl or .parquet",
        "核查结果不能写成网页（{name}）：请用.csv、.xlsx、.jsonl或.parquet为扩展名",
    ),
    "audit-title": ("Audit of the certificate numbers in {name}", "证书编号核查：{name}"),
    "audit-label-keys": ("Keys", "行标识列"),
    "audit-label-compared": ("Compared", "比较的列"),
    "audit-label-issued": ("Issued", "已发编号"),
    "audit-issued-one": (
        "the last sequence of 1 scope, from {name}",
        "1个编号范围的最大顺序编号，取自{name}",
    ),
    "audit-issued": (
        "last sequences of {count} scopes, from {name}",
        "{count}个编号范围的最大顺序编号，取自{name}",
    ),
    "audit-as-year": ("year: {column}", "评审年度：{column}"),
    "audit-as-approver": ("approving body: {column}", "核准公布部门：{column}"),
    "audit-as-grade": ("grade: {column}", "级别：{column}"),
    "audit-as-marker": ("marker: {column}", "基层标识：{column}"),
    "audit-as-manager": ("managing body: {column}", "编号和数据管理部门：{column}"),
    "audit-as-holder": ("holder: {column}", "持有人：{column}"),
    "audit-rows": ("Rows with findings ({counts})", "有问题的行（{counts}）"),
    "audit-clean": ("Result: nothing was found.", "结论：未发现问题。"),
    "audit-allowed": (
        "Result: nothing was found but what is undetermined, which was allowed.",
        "结论：除按要求允许的无法判定情况外，未发现问题。",
    ),
    "audit-note": (
        "A row can have several findings. Findings concern numbers as they are written down; none "
        "says that a certificate is or is not genuine.",
        "一行可有多个问题。以上仅针对所记载的编号，不表示证书真实与否。",
    ),
    "audit-gaps": ("Gaps ({counts})", "缺号情况（{counts}）"),
    "audit-gaps-note": (
        "Gaps are information, never a fault: a file need not hold all numbers of a scope.",
        "缺号仅供参考，不是错误：文件不一定包含某一范围的全部编号。",
    ),
    "audit-scopes": ("{count} scopes", "共{count}个编号范围"),
    "audit-scopes-one": ("1 scope", "共1个编号范围"),
    "audit-scopes-shown": (
        "{shown} of {count} scopes shown",
        "共{count}个编号范围，显示前{shown}个",
    ),
    "audit-scopes-shown-one": ("1 scope, not shown", "共1个编号范围，未显示"),
    "head-scope": ("Scope", "编号范围"),
    "head-sequences": ("Numbers", "编号数"),
    "head-first": ("First", "最小号"),
    "head-last": ("Last", "最大号"),
    "head-missing": ("Missing", "缺号数"),
}
