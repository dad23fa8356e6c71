-- What a mirror of schema 1 held: pages with labels, comments, an attachment and links, one of them gone, one with an
-- earlier version. Kept as it is from the release of the schema on.

INSERT INTO sites (id, cloud_id, domain, name, first_seen, last_seen) VALUES
    (1, '549e5eea-c1ad-46da-a81b-719524b60df1', 'acme-inland.atlassian.net', 'acme-inland', '2026-11-26T04:35:47.204Z', '2026-11-26T04:35:47.204Z');
INSERT INTO spaces (id, site, space_id, key, name, kind, status, homepage_id, first_seen, last_seen) VALUES
    (1, 1, '65537', 'ENG', 'Engineering', 'global', 'current', '65538', '2026-11-26T04:35:47.402Z', '2026-11-26T04:35:47.402Z');
INSERT INTO people (site, account_id, display_name, kind, asked, asked_at, first_seen, last_seen) VALUES
    (1, '712020:3232d427-9166-4a4d-a10e-78c9948c3f68', 'Inês Carvalho', 'atlassian', 1, '2026-11-26T04:36:01.308Z', '2026-11-26T04:35:47.856Z', '2026-11-26T04:36:01.308Z');
INSERT INTO people (site, account_id, display_name, kind, asked, asked_at, first_seen, last_seen) VALUES
    (1, '712020:47005202-7930-4781-a850-0d4c1355ce65', 'Łukasz Wiśniewski', 'atlassian', 1, '2026-11-26T04:36:01.308Z', '2026-11-26T04:35:47.856Z', '2026-11-26T04:36:01.308Z');
INSERT INTO people (site, account_id, display_name, kind, asked, asked_at, first_seen, last_seen) VALUES
    (1, '712020:df2d98c3-79f2-4083-a9f9-4e8872d34edc', 'Zoë Lindqvist', 'atlassian', 1, '2026-11-26T04:36:01.308Z', '2026-11-26T04:35:47.856Z', '2026-11-26T04:36:01.308Z');
INSERT INTO people (site, account_id, display_name, kind, asked, asked_at, first_seen, last_seen) VALUES
    (1, '712020:e49c46ce-40ed-414f-a7c2-897c558e735b', 'Nguyễn Thị Hoa', 'atlassian', 1, '2026-11-26T04:36:01.308Z', '2026-11-26T04:35:47.856Z', '2026-11-26T04:36:01.308Z');
INSERT INTO people (site, account_id, display_name, kind, asked, asked_at, first_seen, last_seen) VALUES
    (1, '712020:f0325b2e-9f57-480c-a28d-3cc09d344e86', 'Tariq Haddad', 'atlassian', 1, '2026-11-26T04:36:01.308Z', '2026-11-26T04:35:47.856Z', '2026-11-26T04:36:01.308Z');
INSERT INTO runs (id, site, mode, outcome, until, error, started_at, finished_at, seen, added, changed, buried, findings, requests, points) VALUES
    (1, 1, 'backfill', 'complete', NULL, NULL, '2026-11-26T04:35:47.253Z', '2026-11-26T04:36:01.767Z', 675, 268, 407, 0, 0, 168, 958);
INSERT INTO watermarks (site, space_id, kind, up_to) VALUES
    (1, '65537', 'attachment', '2026-11-26T04:35:46.966Z');
INSERT INTO watermarks (site, space_id, kind, up_to) VALUES
    (1, '65537', 'blogpost', '2026-11-26T04:35:46.966Z');
INSERT INTO watermarks (site, space_id, kind, up_to) VALUES
    (1, '65537', 'footer comment', '2026-11-26T04:35:46.966Z');
INSERT INTO watermarks (site, space_id, kind, up_to) VALUES
    (1, '65537', 'inline comment', '2026-11-26T04:35:46.966Z');
INSERT INTO watermarks (site, space_id, kind, up_to) VALUES
    (1, '65537', 'page', '2026-11-26T04:35:46.966Z');
INSERT INTO watermarks (site, space_id, kind, up_to) VALUES
    (1, '65537', 'stubs', '2026-11-26T04:35:46.966Z');
INSERT INTO coverage (site, space_id, kind, listed, listed_at) VALUES
    (1, '65537', 'blogpost', 0, '2026-11-26T04:35:52.785Z');
INSERT INTO coverage (site, space_id, kind, listed, listed_at) VALUES
    (1, '65537', 'page', 113, '2026-11-26T04:35:52.727Z');
INSERT INTO contents (id, site, content_id, kind, space_id, parent_id, parent_kind, position, title, title_key, status, version, version_message, is_minor, author_id, editor_id, created_at, modified_at, webui, storage_size, body_version, renderer, rendering, sighted_in, missing_since, gone_at, gone_reason, first_seen, last_seen) VALUES
    (9, 1, '65553', 'page', '65537', '65549', 'page', 8, 'Notices to Skippers: the XML we send', 'notices to skippers: the xml we send', 'current', 1, '', 0, '712020:3232d427-9166-4a4d-a10e-78c9948c3f68', '712020:3232d427-9166-4a4d-a10e-78c9948c3f68', '2026-09-21T04:27:45.884Z', '2026-09-21T04:27:45.884Z', '/spaces/ENG/pages/65553/Notices+to+Skippers%3A+the+XML+we+send', 1693, 1, 1, X'de1778a6511f073ab72d5340119d22e087d2fceaa6aece61a03a631cfa0e24a9', 1, NULL, NULL, NULL, '2026-11-26T04:35:47.856Z', '2026-11-26T04:35:47.856Z');
INSERT INTO contents (id, site, content_id, kind, space_id, parent_id, parent_kind, position, title, title_key, status, version, version_message, is_minor, author_id, editor_id, created_at, modified_at, webui, storage_size, body_version, renderer, rendering, sighted_in, missing_since, gone_at, gone_reason, first_seen, last_seen) VALUES
    (10, 1, '65556', 'page', '65537', '65538', 'page', 9, 'Deploying: blue/green, in plain words', 'deploying: blue/green, in plain words', 'current', 1, '', 0, '712020:f0325b2e-9f57-480c-a28d-3cc09d344e86', '712020:f0325b2e-9f57-480c-a28d-3cc09d344e86', '2026-11-08T04:26:45.884Z', '2026-11-08T04:26:45.884Z', '/spaces/ENG/pages/65556/Deploying%3A+blue%2Fgreen%2C+in+plain+words', 2233, 1, 1, X'4e8f378d6c5f1da9ee3f14ff1aa47607033ee57594545cdfd1f3984fcf91ae92', 1, NULL, NULL, NULL, '2026-11-26T04:35:47.856Z', '2026-11-26T04:35:47.856Z');
INSERT INTO contents (id, site, content_id, kind, space_id, parent_id, parent_kind, position, title, title_key, status, version, version_message, is_minor, author_id, editor_id, created_at, modified_at, webui, storage_size, body_version, renderer, rendering, sighted_in, missing_since, gone_at, gone_reason, first_seen, last_seen) VALUES
    (18, 1, '65570', 'page', '65537', '65567', 'page', 17, 'Pager etiquette: nights, boats, bathrooms', 'pager etiquette: nights, boats, bathrooms', 'current', 1, '', 0, '712020:47005202-7930-4781-a850-0d4c1355ce65', '712020:47005202-7930-4781-a850-0d4c1355ce65', '2026-06-29T04:18:45.884Z', '2026-06-29T04:18:45.884Z', '/spaces/ENG/pages/65570/Pager+etiquette%3A+nights%2C+boats%2C+bathrooms', 696, 1, 1, X'4b5f8d1615055267e116348741757732533be90af75a5939f54c04c951a752f0', 1, NULL, '2026-03-01T09:00:00.000Z', 'trashed', '2026-11-26T04:35:47.856Z', '2026-11-26T04:35:47.856Z');
INSERT INTO texts (id, title, labels, comments, files, body, alt, markdown) VALUES
    (9, 'Notices to Skippers: the XML we send', 'architecture
notice-board
reference', '', 'NtS 4.0 — standard.pdf
Nt S', 'Authorities exchange notices as XML. The remark is free text in CDATA, because a skipper once wrote “<2.5 m” and stopped the traffic information of three countries.
A closure, as sent
<RIS_Message>
  <identification number="2026/0417" issuer="DE" />
  <ftm subject_code="OBSTRU">
    <fairway_section km="26.1" river="Neckar" />
    <remark><![CDATA[Draught < 2.5 m && length > 105 m: wait at the berth]]></remark>
  </ftm>
</RIS_Message>
Codes we use
Code
Meaning
What we do with it
OBSTRU
Blockage
re-plan all lockages upstream
send on VHF at once
CLEAR | CLEHEI
Clearance
recompute bridges
change < 5 cm
quietly
change ≥ 5 cm
notice
ANNOUN
Announcement
translate, then publish
The standard itself is attached: NtS 4.0 — standard.pdf', 'Nt S', 'Authorities exchange notices as XML. The remark is free text in CDATA, because a skipper once wrote “<2.5 m” and stopped the traffic information of three countries.

**A closure, as sent**

```xml
<RIS_Message>
  <identification number="2026/0417" issuer="DE" />
  <ftm subject_code="OBSTRU">
    <fairway_section km="26.1" river="Neckar" />
    <remark><![CDATA[Draught < 2.5 m && length > 105 m: wait at the berth]]></remark>
  </ftm>
</RIS_Message>
```

## Codes we use

<table>
<tr>
<th>

Code

</th>
<th>

Meaning

</th>
<th>

What we do with it

</th>
</tr>
<tr>
<td>

`OBSTRU`

</td>
<td>

Blockage

</td>
<td>

- re-plan all lockages upstream
- send on VHF at once

</td>
</tr>
<tr>
<td>

`CLEAR` | `CLEHEI`

</td>
<td>

Clearance

</td>
<td>

recompute bridges

| | |
| --- | --- |
| change < 5 cm | quietly |
| change ≥ 5 cm | notice |

</td>
</tr>
<tr>
<td>

`ANNOUN`

</td>
<td>

Announcement

</td>
<td>

translate, then publish

</td>
</tr>
</table>

The standard itself is attached: [NtS 4.0 — standard.pdf](https://acme-inland.atlassian.net/wiki/download/attachments/65553/NtS%204.0%20%E2%80%94%20standard.pdf)
');
INSERT INTO texts (id, title, labels, comments, files, body, alt, markdown) VALUES
    (10, 'Deploying: blue/green, in plain words', 'deployment
how-to', 'Is it always blue first?
No: whichever is idle. I have said so in the text.', '', 'There are two of everything. One is blue and carries the traffic, one is green and carries the next version. A deployment is the moment we swap them; a rollback is the moment we swap them back.
No deployments while a flood bulletin is in force. deploy asks river-gauge and refuses; --i-have-asked-operations is logged with your name.
Before
Migrations run on a copy of last night’s data
@Łukasz Wiśniewski reads the diff once more, until 2026-11-27
including docker-compose.yml
During
From your own laptop
$ deploy lockmaster 3.18.0 --to green
green: 3.17.2 -> 3.18.0   migrated in 41 s
green: 200 OK on /healthz (3 of 3)
$ deploy lockmaster --swap
traffic: blue 100 % => green 100 %
$ deploy lockmaster --swap   # the rollback is the same command
After
Watch the swap dashboard for fifteen minutes. Keys: Shift+L shows both colours.
Say “swapped” in the channel.
Delete nothing for 24 hours.', 'lukasz', 'There are two of everything. One is blue and carries the traffic, one is green and carries the next version. A deployment is the moment we swap them; a rollback is the moment we swap them back.

> [!CAUTION]
> No deployments while a flood bulletin is in force. `deploy` asks [river-gauge](https://acme-inland.atlassian.net/wiki/spaces/ENG/pages/65574) and refuses; `--i-have-asked-operations` is logged with your name.

## Before

- [x] Migrations run on a copy of last night’s data
- [ ] [@Łukasz Wiśniewski](https://acme-inland.atlassian.net/wiki/people/712020:47005202-7930-4781-a850-0d4c1355ce65) reads the diff once more, until 2026-11-27
  - [ ] including `docker-compose.yml`

## During

**From your own laptop**

```bash
$ deploy lockmaster 3.18.0 --to green
green: 3.17.2 -> 3.18.0   migrated in 41 s
green: 200 OK on /healthz (3 of 3)
$ deploy lockmaster --swap
traffic: blue 100 % => green 100 %
$ deploy lockmaster --swap   # the rollback is the same command
```

## After

4. Watch the [swap dashboard](https://grafana.acme-inland.example/d/swap?from=now-1h&to=now) for fifteen minutes. Keys: <kbd>Shift</kbd>+<kbd>L</kbd> shows both colours.
5. Say “swapped” in the channel.
6. Delete nothing for 24 hours.
');
INSERT INTO texts (id, title, labels, comments, files, body, alt, markdown) VALUES
    (18, 'Pager etiquette: nights, boats, bathrooms', 'on-call', '', '', 'Keep it within reach. Yes, there too. If you go on the water, swap with somebody: there is no signal in the gorge, as pilot-app knows.
An alert that woke you and needed nothing is a bug. File it before breakfast:
Jira: project = PLAT AND labels = "noisy-alert" AND resolution is EMPTY are open.', '', 'Keep it within reach. *Yes, there too.* If you go on the water, swap with somebody: there is no signal in the gorge, as [pilot-app](https://acme-inland.atlassian.net/wiki/spaces/ENG/pages/65583) knows.

An alert that woke you and needed nothing is a bug. File it before breakfast:

[Jira: project = PLAT AND labels = "noisy-alert" AND resolution is EMPTY](https://acme-inland.atlassian.net/issues/?jql=project%20%3D%20PLAT%20AND%20labels%20%3D%20%22noisy-alert%22%20AND%20resolution%20is%20EMPTY) are open. <!-- confluence:macro {"name":"jira","params":{"server":"System Jira","serverId":"3f2a1c9e-0000-4000-8000-5d1b7c6a9e10","jqlQuery":"project = PLAT AND labels = \"noisy-alert\" AND resolution is EMPTY","count":"true"}} -->
');
INSERT INTO bodies (id, format, sha256, size, zstd) VALUES
    (9, 'storage', X'93367d148868b4c87f10f099a056d2207b8221508876af51ccfc802e8ba6bf74', 1693, X'28b52ffd609d052d1a00a6f192346069d306300cc3300c5393841bfa617f7365562e2d9a2409a5480941193a83dd63fb5af33058a50ba57abeb1a5e906ca023895ae7f008b007f001b27e3e7d17ad667753e9d30568d259382d0f6f9b046e67e9bb830faf33363037d99370dcfdf76bfada58c4fb741dee978b6012221f0cf41205608ed39b63fcecc368371674be91774799b56668dd9850a45c5c1b2d0f723f46ff76c96fa5e4c7e7a6e3b8a8540443458ca4b9bf947b8ed40762c422f6d7f9fd17dad2ca902ac2f183e173140044810e5b95818fd59538b0cce4c67a4408262a2400244b178d60f3095eef34d5af4e05029f54503180244920049448228b3314f85cc1b7fd8cdd56e63b5c3947684c5040209e5c00100b5325ac43c1ed0f93d6cbad0b3d2f8d85616eaf7fe49bd27c242ed707520bfd9df0f4f960b31200a8c4e67633cf869c728ea1619a2f4c370c23874c9877b3e9575e9bec70bf9c9474f7f6abdda0e5fb0f80ab4a4966ae97ddd7b66637b760c1ce8903b62c9a4a45aeed59aff6aa17f959b6e88f23566f07bf073db7e187ed558129754d3ba9d59da2d5a96c4a9c64a4935d6f34d4a6a55545454b89f8d79de77ceece4d98608c3ae75efc07eeb70ecaa7de7549e0e6a77f2454b261569902cf4cef1762b2d6a9a84509850612390003bf1174499f8dc894fb5d0f3e69169c7d8496bc7f89f97fa36afe9fbb6c90df2d36d47b1a46a38ea0f53e5c2857e7e14f2fca719ac11c2ca454182cba592523b19efdb2b84251fb60ddb683bcd2766fbab7c22ebc993fb59103c1c7880b0ac8495a83c4058526a06a381030b16c66db00363a831a1310829011d8928480a92a40330022240ccd9e912c015314b212b408252158890448569efe0a900c55160c51677c64712fbe99cd9f56d0b555306163fdbc27b4f348c7fd97265b843d2ade5e5f2e00329d83b377067462a3a12749191c93b7a30292ca7e6488339838837f65ee9c7a454882ba6eb1b9f80e42b7c97a28c3d45e4fdd87026bfc2f8fdac1b08359d30c2fddd560dce1300906c981efefd65a21574458c4b5b5ab6bfc33985942091f7874cef4aba04f79ee87e003a340e5831c52e6f167c7191d411f1c994c4e0c08611a0fe27f98da54da60990fbe8e79403a194340d0ecaa2b36ce6fba3225c15bdfcf9407815');
INSERT INTO bodies (id, format, sha256, size, zstd) VALUES
    (10, 'storage', X'e152243e71274af845940118ec9fc39f990ee22f172d224f508d471feae4a4c0', 2233, X'28b52ffd60b907a52000667eb1240073f4f85799dac217445a0b6d99fe8bc54673f71023283222dafff0b3f536aaaa06d5bca6009f00af0032666cffc25d93cbc0bfb40be2b7c527ab6ba2c6d2daf2f86c5351496b678dc5ada695d7fcf5b5d5a057ec3eac5e5b793d01b8eb991cc6bcbeccf9959b1bacab33cb9ebd75a95b999f97437e6087beb4d53ff88238a5eeb58218122691e839e1498aea7ad9e365ebb2d67e0c69b37b26c7e6c5350d0712484a90161220834b55b9527ffe6b2c3e33d732edcb4e6c253bc560a7a232de4cf50f67eaf9b3cb5e9bbd7ad470d714b616dc5849cad7f6cc5cffb8993e53ac72252d5c639b5339a96cd5e1fce8afe7d558acedf9d8afcfcbfae72c76fb5a2823076573d7cad930b6af149fc9eb530ee1a43801b8872bf6198e57660cbdaa7eb29596bebc5dfdfa061d63bbf947c7265b6bb06e31caeb33b9871bafb0ae5af50f59afbced52bff45f4556f6aaaf8aac93c35039d9626cf3333987ff2676fcd5a7984a2aafcf895d18fe4f8a9b7d0611030e8977b6c78702832148b21c49a05bccaeb1e4502a00fcb735869c85c889d8b630ef270f703c683c4844700450d9f3fa7bf5649abdf575c235d1f6c5355e3556d19ed5af5b5dfbaaa8ac98c4b4328edb6fd531ef2b2a21361f95118ad4a2a8294890d458dc2d79279ef2528c13bc3efa4c5112c2f63a51f0379944a227815083260bdda2058aa44111064a9320690241144905922029a2341628dba5d8bfd7d52d46a5e49ea96f43b60d8f79046efe1359223d6597984e69c7570ba05f5767701670a633dcf54cb6623fff71bc7f619b7db45c81f04c979231c3c10b66e28acd38053bd62f46a5c5d4fd529262d7cf046bff25da86ec9abf0d97d505316ad9538bf59572b83ab30f7c1ac41d48dbadd74ed3a6ba56cf53b1d7bdb1b1505e23f714dfed0d3927d7481acbad7d2dcfaf7ea907d7d101695bd63f76abad00333b0b13300445ecd8bc7005e0eaccb606701061ea398085a8419922c62864460291999102271d20024214b2aaf2128055350821242281d0043351024d0ad9d90ca8ec740e0b22e9b83293a35098bad50a0e83b4ed5362967c7939e099f8076df4cb0600d3a0a8846dcd32277e5522b6b93f49f8f4ad821c2394a5b10c8efd0542a4c38983c113b871d74bfc175c787f58921763b0ac232b497c575d7b1bcce846d18c8df08f709275940bad17b36017789732b6f9174cf84b0cf2f06919a418881f0417a6c061f7b801e9c5a333a10724d084afe0858669156104281fe87f0802239e46aed02e1cc2543df9ee8955a1b40c2c68b3685d735e6692a7d1170dbd4ccc1e1e8cf36a17f929be0b8bb39478c29a595cae0a74662d451071564353114a828d131b7154c77d46327b8198259da29f0ed46dfd5e249664a9034a9ef983d0ff3dd849a0092cb661b11f213b75b4891dca96a7c8cda40c601d98a81fb165a802');
INSERT INTO bodies (id, format, sha256, size, zstd) VALUES
    (18, 'storage', X'ba86d561b2dfc859d01a0bf231d9260209b060f8bfb5f91c5df44b68be476132', 696, X'28b52ffd60b801950c0066db512510719c03e0bc9c8c95edb01836b2a43512ef41d17e24468cd47e3ee0ff29d25055d508281c43004500470051d3718a977259e9a35ccc7d195d9ea1cbb4d2ad8d09d512d3c16fb5e4db5c2aafbde4c42199f52772763bcfa7743ae23198f5281d4ad3733e476967c976097f0806a3af5c433ad425a552fb72faf4bf9c9ebeb2966ca57436bfd27c12062300069fc889967d957c22f62403a136bd95834ce455bb6efabddf36c8719e5208398e58e5b90a6a1a658fc7a3794283a8c06480319383b27b48eb1d2f168ce16ff023bf6f292b64204ce4ad8bfc8d46ad535a64945d0613b9a50f6a9acb4dad663a5fdd2eee0875d44945cf529e7772290c3e91f30e37cf9aecf9c5cd987ed7368c0b0a0986b7aeaf6ae3b9b944b74fa1f7d208c848c6ea9256b93021c90b49044546b2db339621632efcaba2d2c878409ea006ed40824c050804cd231b00772b115411df8fd7592b10a90b3403a48c2ef8c29f206e9420b812e654c3aa69c12a287525769948d187150b02001bb36221982d7e5ae6beae8ac058cd121ae808971c580a0a');
INSERT INTO versions (content, version, title, message, is_minor, author_id, saved_at, replaced_at, format, sha256, size, zstd) VALUES
    (10, 0, 'Deploying', 'first draft', 0, NULL, '2025-01-01T08:00:00.000Z', '2025-01-02T08:00:00.000Z', 'storage', X'e152243e71274af845940118ec9fc39f990ee22f172d224f508d471feae4a4c0', 2233, X'28b52ffd60b907a52000667eb1240073f4f85799dac217445a0b6d99fe8bc54673f71023283222dafff0b3f536aaaa06d5bca6009f00af0032666cffc25d93cbc0bfb40be2b7c527ab6ba2c6d2daf2f86c5351496b678dc5ada695d7fcf5b5d5a057ec3eac5e5b793d01b8eb991cc6bcbeccf9959b1bacab33cb9ebd75a95b999f97437e6087beb4d53ff88238a5eeb58218122691e839e1498aea7ad9e365ebb2d67e0c69b37b26c7e6c5350d0712484a90161220834b55b9527ffe6b2c3e33d732edcb4e6c253bc560a7a232de4cf50f67eaf9b3cb5e9bbd7ad470d714b616dc5849cad7f6cc5cffb8993e53ac72252d5c639b5339a96cd5e1fce8afe7d558acedf9d8afcfcbfae72c76fb5a2823076573d7cad930b6af149fc9eb530ee1a43801b8872bf6198e57660cbdaa7eb29596bebc5dfdfa061d63bbf947c7265b6bb06e31caeb33b9871bafb0ae5af50f59afbced52bff45f4556f6aaaf8aac93c35039d9626cf3333987ff2676fcd5a7984a2aafcf895d18fe4f8a9b7d0611030e8977b6c78702832148b21c49a05bccaeb1e4502a00fcb735869c85c889d8b630ef270f703c683c4844700450d9f3fa7bf5649abdf575c235d1f6c5355e3556d19ed5af5b5dfbaaa8ac98c4b4328edb6fd531ef2b2a21361f95118ad4a2a8294890d458dc2d79279ef2528c13bc3efa4c5112c2f63a51f0379944a227815083260bdda2058aa44111064a9320690241144905922029a2341628dba5d8bfd7d52d46a5e49ea96f43b60d8f79046efe1359223d6597984e69c7570ba05f5767701670a633dcf54cb6623fff71bc7f619b7db45c81f04c979231c3c10b66e28acd38053bd62f46a5c5d4fd529262d7cf046bff25da86ec9abf0d97d505316ad9538bf59572b83ab30f7c1ac41d48dbadd74ed3a6ba56cf53b1d7bdb1b1505e23f714dfed0d3927d7481acbad7d2dcfaf7ea907d7d101695bd63f76abad00333b0b13300445ecd8bc7005e0eaccb606701061ea398085a8419922c62864460291999102271d20024214b2aaf2128055350821242281d0043351024d0ad9d90ca8ec740e0b22e9b83293a35098bad50a0e83b4ed5362967c7939e099f8076df4cb0600d3a0a8846dcd32277e5522b6b93f49f8f4ad821c2394a5b10c8efd0542a4c38983c113b871d74bfc175c787f58921763b0ac232b497c575d7b1bcce846d18c8df08f709275940bad17b36017789732b6f9174cf84b0cf2f06919a418881f0417a6c061f7b801e9c5a333a10724d084afe0858669156104281fe87f0802239e46aed02e1cc2543df9ee8955a1b40c2c68b3685d735e6692a7d1170dbd4ccc1e1e8cf36a17f929be0b8bb39478c29a595cae0a74662d451071564353114a828d131b7154c77d46327b8198259da29f0ed46dfd5e249664a9034a9ef983d0ff3dd849a0092cb661b11f213b75b4891dca96a7c8cda40c601d98a81fb165a802');
INSERT INTO links (id, content, kind, space_key, title, title_key, file_name, target, written, anchor) VALUES
    (15, 9, 'attachment', NULL, NULL, NULL, 'NtS 4.0 — standard.pdf', NULL, 'https://acme-inland.atlassian.net/wiki/download/attachments/65553/NtS%204.0%20%E2%80%94%20standard.pdf', NULL);
INSERT INTO links (id, content, kind, space_key, title, title_key, file_name, target, written, anchor) VALUES
    (16, 10, 'page', 'ENG', 'river-gauge', 'river-gauge', NULL, '65574', 'https://acme-inland.atlassian.net/wiki/spaces/ENG/pages/65574', NULL);
INSERT INTO links (id, content, kind, space_key, title, title_key, file_name, target, written, anchor) VALUES
    (17, 10, 'user', NULL, NULL, NULL, NULL, '712020:47005202-7930-4781-a850-0d4c1355ce65', '@Łukasz Wiśniewski', NULL);
INSERT INTO links (id, content, kind, space_key, title, title_key, file_name, target, written, anchor) VALUES
    (18, 10, 'external', NULL, NULL, NULL, NULL, NULL, 'https://grafana.acme-inland.example/d/swap?from=now-1h&to=now', NULL);
INSERT INTO links (id, content, kind, space_key, title, title_key, file_name, target, written, anchor) VALUES
    (34, 18, 'page', 'ENG', 'pilot-app', 'pilot-app', NULL, '65583', 'https://acme-inland.atlassian.net/wiki/spaces/ENG/pages/65583', NULL);
INSERT INTO links (id, content, kind, space_key, title, title_key, file_name, target, written, anchor) VALUES
    (35, 18, 'external', NULL, NULL, NULL, NULL, NULL, 'https://acme-inland.atlassian.net/issues/?jql=project%20%3D%20PLAT%20AND%20labels%20%3D%20%22noisy-alert%22%20AND%20resolution%20is%20EMPTY', NULL);
INSERT INTO labels (content, name, prefix, sighted_in) VALUES
    (9, 'architecture', 'global', 1);
INSERT INTO labels (content, name, prefix, sighted_in) VALUES
    (9, 'notice-board', 'global', 1);
INSERT INTO labels (content, name, prefix, sighted_in) VALUES
    (9, 'reference', 'global', 1);
INSERT INTO labels (content, name, prefix, sighted_in) VALUES
    (10, 'deployment', 'global', 1);
INSERT INTO labels (content, name, prefix, sighted_in) VALUES
    (10, 'how-to', 'global', 1);
INSERT INTO labels (content, name, prefix, sighted_in) VALUES
    (18, 'on-call', 'global', 1);
INSERT INTO known_labels (site, label_id) VALUES
    (1, '65539');
INSERT INTO known_labels (site, label_id) VALUES
    (1, '65541');
INSERT INTO comments (id, site, comment_id, page_id, parent_id, kind, status, version, author_id, created_at, modified_at, resolution, selection, markdown, plain, sighted_in, missing_since, gone_at, gone_reason, first_seen, last_seen) VALUES
    (7, 1, '65879', '65556', NULL, 'inline', 'current', 1, '712020:e49c46ce-40ed-414f-a7c2-897c558e735b', '2026-11-26T04:35:46.387Z', '2026-11-26T04:35:46.387Z', 'resolved', 'blue', 'Is it always blue first?
', 'Is it always blue first?', 1, NULL, NULL, NULL, '2026-11-26T04:35:53.014Z', '2026-11-26T04:35:53.014Z');
INSERT INTO comments (id, site, comment_id, page_id, parent_id, kind, status, version, author_id, created_at, modified_at, resolution, selection, markdown, plain, sighted_in, missing_since, gone_at, gone_reason, first_seen, last_seen) VALUES
    (8, 1, '65880', '65556', '65879', 'inline', 'current', 1, '712020:df2d98c3-79f2-4083-a9f9-4e8872d34edc', '2026-11-26T04:35:46.388Z', '2026-11-26T04:35:46.388Z', 'open', 'blue', 'No: whichever is idle. I have said so in the text.
', 'No: whichever is idle. I have said so in the text.', 1, NULL, NULL, NULL, '2026-11-26T04:35:53.014Z', '2026-11-26T04:35:53.014Z');
INSERT INTO attachments (id, site, attachment_id, page_id, title, media_type, file_size, version, status, sha256, file_version, file_id, author_id, created_at, modified_at, sighted_in, missing_since, gone_at, gone_reason, first_seen, last_seen) VALUES
    (4, 1, 'att65871', '65553', 'NtS 4.0 — standard.pdf', 'application/pdf', 684, 1, 'current', NULL, NULL, '55be32b7-c549-4d43-af51-f578234bee76', '712020:3232d427-9166-4a4d-a10e-78c9948c3f68', '2026-11-26T04:35:46.379Z', '2026-11-26T04:35:46.379Z', 1, NULL, NULL, NULL, '2026-11-26T04:35:53.074Z', '2026-11-26T04:35:53.451Z');

UPDATE texts SET facets = (SELECT facets FROM contents WHERE contents.id = texts.id);
