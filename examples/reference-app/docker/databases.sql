-- Run by the image when the server is made. `reference_app` is there by then.
create database qa_crawler;
create database platform_replica;
